const BINARY = Buffer.from([0x00, 0xff, 0x7b, 0x80, 0x22, 0xfe])
const FORMS = 5

/** What comes in place of a frame: not JSON, cut off, binary, with wrong types, with fields missing; by `variant`. */
export function spoilText(text: string, variant: number): string | Buffer {
  switch (variant % FORMS) {
    case 0:
      return '<html><body>Bad Gateway</body></html>'
    case 1:
      return text.slice(0, Math.ceil(text.length * 0.6))
    case 2:
      return BINARY
    case 3:
      return JSON.stringify(mapLeaves(JSON.parse(text), false))
    default:
      return JSON.stringify(dropFields(JSON.parse(text)))
  }
}

/** Numbers and truth values become text, text becomes a number or nothing; the stream's name stays. */
function mapLeaves(value: unknown, isName: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => mapLeaves(entry, false))
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, entry]) => [
      key,
      mapLeaves(entry, key === 'stream' || key === 'e'),
    ])
    return Object.fromEntries(entries)
  }
  if (isName) return value
  return typeof value === 'string' ? null : `${value}x`
}

const NAMES: ReadonlySet<string> = new Set(['stream', 'data', 'e', 'E', 's'])

/** Each second field of the innermost objects is gone. */
function dropFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropFields)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(
    ([key, entry], index) => NAMES.has(key) || typeof entry === 'object' || index % 2 === 0,
  )
  return Object.fromEntries(kept.map(([key, entry]) => [key, dropFields(entry)]))
}
