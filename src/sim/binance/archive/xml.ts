const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)

export const XML_TYPE = { 'content-type': 'application/xml' } as const
const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** One element, its text escaped. */
export const element = (name: string, value: string | number): string =>
  `<${name}>${escaped(String(value))}</${name}>`

export const listXml = (content: string): string =>
  `${HEAD}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</ListBucketResult>`

/** An error in the words of the store. */
export const errorXml = (
  code: string,
  message: string,
  details: Readonly<Record<string, string>> = {},
): string => {
  const more = Object.entries(details).map(([name, value]) => element(name, value))
  const tail = `${element('RequestId', '0A1B2C3D4E5F6071')}${element('HostId', 'simulated')}`
  return `${HEAD}<Error>${element('Code', code)}${element('Message', message)}${more.join('')}${tail}</Error>`
}
