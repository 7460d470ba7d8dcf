import { PayloadError } from '../errors.ts'

/** An element of a document. */
export interface Element {
  readonly name: string
  /** What it holds beside elements, decoded. */
  readonly text: string
  readonly children: readonly Element[]
}

/** A page of a listing has half a megabyte. */
const MOST_CHARACTERS = 4 << 20
const MOST_DEPTH = 8
const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const TOKEN = /<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y

interface Open {
  readonly name: string
  text: string
  readonly children: Element[]
}

/**
 * The root element of a small XML document without comments, sections and types, as storage services write it;
 * attributes are passed over. Throws `PayloadError` for whatever is not well formed.
 */
export function readXml(document: string, where: string): Element {
  const fail = (problem: string, at: number): PayloadError =>
    new PayloadError(where, problem, document.slice(at, at + 200))
  if (document.length > MOST_CHARACTERS) throw fail(`has ${document.length} characters`, 0)
  const root: Open = { name: '', text: '', children: [] }
  const open: Open[] = [root]
  TOKEN.lastIndex = /^\uFEFF?\s*(?:<\?xml[^?<>]*\?>)?/.exec(document)?.[0].length ?? 0
  while (TOKEN.lastIndex < document.length) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(document)
    const inner = open.at(-1)
    if (!token || !inner) throw fail('is not the XML that was expected', at)
    const [, slash, name = '', , isEmpty, text] = token
    if (text !== undefined) inner.text += decodeText(text, (problem) => fail(problem, at))
    else if (slash === '/') {
      open.pop()
      if (open.length === 0 || inner.name !== name) throw fail(`ends ${name}, which is not open`, at)
      open.at(-1)?.children.push(inner)
    } else if (isEmpty === '/') inner.children.push({ name, text: '', children: [] })
    else if (open.length > MOST_DEPTH) throw fail('is nested too deeply', at)
    else open.push({ name, text: '', children: [] })
  }
  const [only] = root.children
  if (open.length !== 1) throw fail('is cut: an element has no end', Math.max(0, document.length - 200))
  if (root.children.length !== 1 || !only || root.text.trim() !== '') throw fail('is not one XML element', 0)
  return only
}

function decodeText(text: string, fail: (problem: string) => PayloadError): string {
  return text.replace(/&([^;&]{0,10};)?/g, (whole, entity: string | undefined) => {
    const name = entity?.slice(0, -1) ?? ''
    const number = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(name)
    const code = number ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10) : Number.NaN
    const decoded = code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : NAMED[name]
    if (decoded === undefined) throw fail(`has an entity that nobody knows: ${whole}`)
    return decoded
  })
}

/** The text of the only child of that name; undefined where there is none. Throws `PayloadError` for several. */
export function textOf(element: Element, name: string, where: string): string | undefined {
  const found = element.children.filter((child) => child.name === name)
  if (found.length > 1 || (found[0]?.children.length ?? 0) > 0)
    throw new PayloadError(where, `${element.name} has not one ${name}`, found)
  return found[0]?.text
}
