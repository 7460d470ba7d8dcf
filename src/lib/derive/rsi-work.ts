import { MINUTE, subtract, totalSpan, type Window } from '../model/window.ts'
import type { Basis, Coverage, Series } from '../ports.ts'
import { originOf, USUAL_PERIOD } from './derivations.ts'
import { basisOf, type DeriveOptions, type Work } from './derive-options.ts'
import { clip, endOf, upTo } from './minutes.ts'

export interface RsiSeries {
  readonly symbol: string
  readonly period: number
}

export interface RsiWork {
  readonly basis: Basis
  /** Where candles were asked for, rows or not, up to the end of the work. */
  readonly asked: readonly Window[]
  /** Where the symbol has a candle first and last; undefined without any. */
  readonly life: Window | undefined
  /** Not covered, and without a candle. */
  readonly empty: readonly Window[]
  readonly work: Work | undefined
  /** The end of what is covered. */
  readonly coveredUntil: number
}

export function seriesOf({ symbol, period }: RsiSeries): Series<'rsi'> {
  return { symbol, dataset: 'rsi', ...(period !== USUAL_PERIOD && { variant: String(period) }) }
}

export async function coverageOf(
  { store }: Pick<DeriveOptions, 'store'>,
  { dataset, symbol, variant }: Series,
): Promise<Coverage | undefined> {
  return (await store.coverage(dataset, [symbol], variant)).get(symbol)
}

/** The state of the candles is read first: what changes later makes stale what is made of them. */
export async function findRsiWork(series: RsiSeries, options: DeriveOptions): Promise<RsiWork> {
  const { symbol } = series
  const origin = originOf({ dataset: 'rsi', symbol })
  const source = await coverageOf(options, { symbol, dataset: origin })
  const known = (await coverageOf(options, seriesOf(series)))?.covered ?? []
  const covered = options.isRefetch ? [] : known
  const life = (await options.candles.lives([symbol])).get(symbol)
  const coveredUntil = endOf(known)
  const wanted = upTo(options.until)
  const from = await options.candles.firstMinute(symbol, subtract(life ? clip([life], wanted) : [], covered))
  // What is covered further on carries what is made now: it has to be made anew as well, wanted or not.
  const frame = upTo(from === undefined ? wanted.to : Math.max(wanted.to, coveredUntil))
  const asked = clip(source?.covered ?? [], frame)
  const window =
    from === undefined ? undefined : { from, to: endOf([...asked, ...clip(life ? [life] : [], frame)]) }
  return {
    basis: basisOf(origin, symbol, source),
    asked,
    life,
    empty: subtract(clip(asked, upTo(from)), covered),
    work: window && { window, rows: countRows(window, source) },
    coveredUntil,
  }
}

function countRows(window: Window, source: Coverage | undefined): number {
  return (window.to - window.from - totalSpan(clip(source?.absent ?? [], window))) / MINUTE
}
