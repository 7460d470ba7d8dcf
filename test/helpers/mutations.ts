/** A frame as bytes, and whether it leaves as a binary one. */
export interface Mutant {
  readonly name: string
  readonly bytes: Buffer
  readonly isBinary?: boolean
}

type Json = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The way to each value inside, the whole not included. */
function pathsOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (!isObject(value)) return path.length > 0 ? [path] : []
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.keys(value).flatMap((key) => pathsOf(value[key], [...path, key])),
  ]
}

const RAW = Symbol('raw')
/** JSON that `JSON.stringify` would not write. */
const raw = (text: string) => ({ [RAW]: text })

const VALUES: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  '\u0000',
  '\ud800',
  '\u202e',
  -1,
  0,
  1e308,
  1.5,
  9_007_199_254_740_991,
  [],
  {},
  { toString: null, valueOf: null },
  { toString: 'x', valueOf: 'x' },
  raw('1e999'),
  raw(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  raw(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`),
  raw('"\\ud800"'),
  'y'.repeat(100_000),
]

function write(value: unknown): string {
  if (isObject(value) && RAW in value) return String(value[RAW])
  if (!isObject(value)) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}:${write(part)}`)
    .join(',')}}`
}

/** The same with the value at the end of the path changed, or without it. */
function change(
  value: unknown,
  [key, ...rest]: readonly string[],
  make: (value: unknown) => unknown,
): unknown {
  if (key === undefined) return make(value)
  if (!isObject(value)) return value
  const changed = change(value[key], rest, make)
  const entries = Object.entries(value).filter(([name]) => name !== key || changed !== undefined)
  return Object.fromEntries(entries.map(([name, part]) => [name, name === key ? changed : part]))
}

/** Each value replaced by each odd one, left out, or renamed; the text cut, with bytes turned, and as a binary frame. */
export function mutate(frame: unknown): Mutant[] {
  const text = JSON.stringify(frame)
  const bytes = Buffer.from(text)
  const values = pathsOf(frame).flatMap((path) => [
    ...VALUES.map((value, at) => ({
      name: `${path.join('.')} = value ${at}`,
      bytes: Buffer.from(write(change(frame, path, () => value))),
    })),
    { name: `without ${path.join('.')}`, bytes: Buffer.from(write(change(frame, path, () => undefined))) },
  ])
  const cuts = Array.from({ length: 40 }, (_, at) => Math.floor((at * bytes.length) / 40))
  return [
    ...values,
    ...cuts.map((to) => ({ name: `cut at ${to}`, bytes: bytes.subarray(0, to) })),
    ...cuts.map((at) => ({
      name: `byte ${at} turned`,
      bytes: Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 0xa5 : byte))),
    })),
    { name: 'binary', bytes, isBinary: true },
    { name: 'twice', bytes: Buffer.concat([bytes, bytes]) },
    { name: 'a list', bytes: Buffer.from(`[${text}]`) },
    { name: 'no text', bytes: Buffer.from([0xff, 0xfe, 0x00, 0x80]), isBinary: true },
  ]
}
