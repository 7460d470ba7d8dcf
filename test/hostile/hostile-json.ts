import fc from 'fast-check'
import { deep, MICROSECONDS, SECONDS } from './changes.ts'

/** What stands where something else belongs; two of them are written as no `JSON.stringify` can (see `toText`). */
const LEAVES: readonly unknown[] = [
  ...[null, true, false, '', ' ', '0', '-0', '-1', '1e5', 'NaN', 'Infinity', '0x10', '1.', '.5', '+1', '٣'],
  ...[0, -0, -1, 0.5, 1e-9, 1e21, 1e300, 2 ** 53, -(2 ** 63), MICROSECONDS, SECONDS],
  ...[
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udc00x',
    '\u202e',
    '\u001b[31m',
    '\n',
    '币安人生USDT',
    'BTCUSDT',
    'ETHUSDT',
  ],
  ...['9'.repeat(70), `0.${'0'.repeat(80)}1`, 'A'.repeat(3_000), `${MICROSECONDS}`, `${SECONDS}`],
  ...[[], {}, [[]], [null], { toString: 1 }, { valueOf: {}, toString: null }, { length: 3 }, { toJSON: 1 }],
  '@',
  '#',
]
const leaf = fc.oneof(fc.constantFrom(...LEAVES), fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.string())

type Change = (value: unknown) => unknown

const step: fc.Arbitrary<Change> = fc.oneof(
  leaf.map((other) => () => other),
  fc.constantFrom<Change>(
    (value) => [value],
    (value) => ({ value }),
    (value) => (typeof value === 'string' ? Number(value) : JSON.stringify(value)),
    (value) => (typeof value === 'number' ? value / 1_000 : value),
    (value) => (typeof value === 'number' ? value * 1_000 : value),
    (value) => (typeof value === 'number' ? value + 86_400_000 * 400 : value),
    (value) => (typeof value === 'number' ? value + 0.5 : value),
    (value) => (typeof value === 'string' ? `-${value}` : value),
    (value) => (typeof value === 'string' ? `${value}\u0000` : value),
    (value) => (Array.isArray(value) ? [...value, ...value] : value),
    (value) => (Array.isArray(value) ? value.toReversed() : value),
  ),
  fc.nat(12).map(
    (at): Change =>
      (value) =>
        Array.isArray(value) ? value.toSpliced(at, 1) : value,
  ),
  fc.tuple(fc.nat(12), leaf).map(
    ([at, other]): Change =>
      (value) =>
        Array.isArray(value) ? value.toSpliced(at, 0, other) : value,
  ),
  fc.nat(20).map(
    (at): Change =>
      (value) =>
        withoutField(value, at),
  ),
)

function withoutField(value: unknown, at: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter((_, index) => index !== at))
}

/** Where in an answer, and what becomes of it. */
const mutation = fc.record({ path: fc.array(fc.nat(30), { maxLength: 4 }), change: step })

function changeAt(value: unknown, [head, ...rest]: readonly number[], change: Change): unknown {
  if (head === undefined || typeof value !== 'object' || value === null) return change(value)
  if (Array.isArray(value)) {
    if (value.length === 0) return change(value)
    const at = head % value.length
    return value.with(at, changeAt(value[at], rest, change))
  }
  const fields = Object.entries(value)
  const at = head % Math.max(1, fields.length)
  return Object.fromEntries(
    fields.map(([name, field], index) => [name, index === at ? changeAt(field, rest, change) : field]),
  )
}

/** As text: `@` is a list of a depth without end, `#` a number without bounds. */
const toText = (value: unknown): string => deep(JSON.stringify(value) ?? 'null').replaceAll('"#"', '-1e400')

/** A text of which something is cut out or put in. */
const damage = fc.record({
  at: fc.nat(4_000),
  length: fc.nat(40),
  put: fc.constantFrom('', '0', '"', ',', ']', '{', '\\', ' '),
})

/** The text of an answer: one that is valid but for some changes, or any JSON, or no JSON at all. */
export function hostileTexts(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const changed = fc
    .tuple(valid, fc.array(mutation, { maxLength: 4 }))
    .map(([answer, changes]) =>
      toText(changes.reduce((value: unknown, { path, change }) => changeAt(value, path, change), answer)),
    )
  const damaged = fc.tuple(valid, damage).map(([answer, { at, length, put }]) => {
    const text = JSON.stringify(answer)
    const from = at % text.length
    return text.slice(0, from) + put + text.slice(from + length)
  })
  return fc.oneof(
    { weight: 7, arbitrary: changed },
    { weight: 2, arbitrary: damaged },
    { weight: 1, arbitrary: fc.jsonValue().map(toText) },
    { weight: 1, arbitrary: leaf.map(toText) },
  )
}
