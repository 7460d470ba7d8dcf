/** No size or price is beyond; a longer text would only fill the memory. */
const MOST_ZEROS = 400

/** `1.5e-7` → `0.00000015`; a number without an exponent stays as it was written, one out of all bounds too. */
export function toPlain(source: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(source)
  if (!match) return source
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  if (Math.abs(Number(exponent)) > MOST_ZEROS) return source
  const digits = whole + fraction
  const point = whole.length + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  const all = digits.padEnd(point, '0')
  const left = all.slice(0, point).replace(/^0+(?=\d)/, '')
  return `${sign}${left}${all.length > point ? `.${all.slice(point)}` : ''}`
}

/** JSON in which every number is a text with its own digits: a double would round what the sender wrote. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number' && context?.source !== undefined ? toPlain(context.source) : value,
  )
}
