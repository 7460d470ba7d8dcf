import * as z from 'zod'
import { UsageError } from '../../lib/errors.ts'
import { FAULT_KINDS, type FaultRule, isArchiveFault, isStreamFault } from './faults.ts'

const count = z.coerce.number().int().min(0)
/** Milliseconds, or a day as `2026-06-25`. */
const moment = z.union([count, z.iso.date().transform((day) => Date.parse(day))], {
  error: 'expected milliseconds or a day such as 2026-06-25',
})

const ruleSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS, { error: `expected one of ${FAULT_KINDS.join(', ')}` }),
  path: z.string().optional(),
  symbol: z.string().optional(),
  address: z.string().optional(),
  after: count.optional(),
  every: count.min(1).optional(),
  count: count.optional(),
  status: count.min(200).max(599).optional(),
  variant: count.max(4).optional(),
  retryAfter: count.optional(),
  ms: count.optional(),
  atMs: count.optional(),
  everyMs: count.min(1).optional(),
  from: moment.optional(),
  to: moment.optional(),
  at: moment.optional(),
})

/** Who goes by a key: for the others it would be believed and do nothing. */
type Side = 'request' | 'stream' | 'archive'
const SIDES: Readonly<Partial<Record<keyof FaultRule, readonly Side[]>>> = {
  path: ['request', 'archive'],
  address: ['request'],
  after: ['request', 'stream'],
  every: ['request', 'stream'],
  count: ['request', 'stream'],
  status: ['request', 'stream'],
  variant: ['request', 'stream'],
  ms: ['request', 'stream'],
  retryAfter: ['request'],
  atMs: ['stream'],
  everyMs: ['stream'],
  from: ['archive'],
  to: ['archive'],
  at: ['archive'],
}
const HINTS: Readonly<Record<Side, string>> = {
  request:
    'atMs and everyMs belong to the faults of the stream (ws-…), from, to and at to the files (archive-…)',
  stream: 'a fault of the stream goes by symbol, atMs, everyMs, ms, after, every and count',
  archive: 'a fault of the archive goes by path, symbol, from, to and at',
}
const sideOf = (kind: FaultRule['kind']): Side =>
  isStreamFault(kind) ? 'stream' : isArchiveFault(kind) ? 'archive' : 'request'

/** Fault rules from outside (an HTTP body). Throws a UsageError that names what is wrong. */
export function parseFaultRules(value: unknown): FaultRule[] {
  return z
    .array(z.unknown())
    .parse(value)
    .map((rule) => parseRule(rule, JSON.stringify(rule)))
}

/** A rule as typed: `500`, `hang:symbol=BTCUSDT:count=2`; keys as in `FaultRule`. */
export function parseFaultText(text: string): FaultRule {
  const [kind, ...pairs] = text.split(':')
  const fields = pairs
    .flatMap((part) => part.split(','))
    .map((pair) => {
      const [key = '', ...value] = pair.split('=')
      return [key.trim(), value.join('=').trim()] as const
    })
  return parseRule({ kind, ...Object.fromEntries(fields) }, text)
}

function parseRule(value: unknown, shown: string): FaultRule {
  const parsed = ruleSchema.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const where = issue?.path.join('.') ?? ''
    throw new UsageError(
      `fault ${shown}: ${where ? `${where}: ` : ''}${issue?.message ?? 'not understood'}`,
      {
        hint: `write kind:key=value:key=value, for example 500:path=klines:every=3; kinds: ${FAULT_KINDS.join(', ')}`,
      },
    )
  }
  const side = sideOf(parsed.data.kind)
  const stray = (Object.keys(SIDES) as (keyof FaultRule)[]).find(
    (key) => parsed.data[key] !== undefined && !SIDES[key]?.includes(side),
  )
  if (stray) {
    throw new UsageError(`fault ${shown}: ${stray}: not a key of ${parsed.data.kind}`, { hint: HINTS[side] })
  }
  // A key that is not there must be absent, not undefined.
  return {
    kind: parsed.data.kind,
    ...Object.fromEntries(Object.entries(parsed.data).filter(([, field]) => field !== undefined)),
  }
}
