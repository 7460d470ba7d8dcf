import { SECOND } from '../../../lib/model/window.ts'

/** What a stream's name asks for; `symbol` null: of all symbols. */
export interface StreamTopic {
  readonly name: string
  readonly symbol: string | null
  readonly kind: 'kline' | 'order' | 'contract' | 'mark'
  /** Of mark prices: venue time from one to the next. */
  readonly everyMs: number
}

type Meaning = Pick<StreamTopic, 'kind' | 'everyMs'>

const OF_SYMBOL: ReadonlyMap<string, Meaning> = new Map([
  ['kline_1m', { kind: 'kline', everyMs: 0 }],
  ['forceOrder', { kind: 'order', everyMs: 0 }],
  ['contractInfo', { kind: 'contract', everyMs: 0 }],
  ['markPrice', { kind: 'mark', everyMs: 3 * SECOND }],
  ['markPrice@1s', { kind: 'mark', everyMs: SECOND }],
])
const OF_ALL: ReadonlyMap<string, Meaning> = new Map([
  ['!forceOrder@arr', { kind: 'order', everyMs: 0 }],
  ['!contractInfo', { kind: 'contract', everyMs: 0 }],
  ['!markPrice@arr', { kind: 'mark', everyMs: 3 * SECOND }],
  ['!markPrice@arr@1s', { kind: 'mark', everyMs: SECOND }],
])

/** Undefined for a name that the venue takes and stays silent about. */
export function parseTopic(name: string): StreamTopic | undefined {
  const common = OF_ALL.get(name)
  if (common) return { name, symbol: null, ...common }
  const mark = name.indexOf('@')
  const symbol = name.slice(0, Math.max(0, mark))
  const own = OF_SYMBOL.get(name.slice(mark + 1))
  if (!own || symbol === '' || symbol !== symbol.toLowerCase()) return undefined
  return { name, symbol: symbol.toUpperCase(), ...own }
}
