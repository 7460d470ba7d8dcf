import type { RunEventBus } from '../../events.ts'
import { toNumber } from '../../model/decimal.ts'
import { subtractDecimals } from '../../model/exact-decimal.ts'
import type { TakerVolume } from '../../model/market.ts'
import {
  DAY,
  intersect,
  MINUTE,
  normalize,
  pointsToWindows,
  subtract,
  totalSpan,
  type Window,
} from '../../model/window.ts'
import type { Lack } from '../../pipeline/lack.ts'
import { tellWritten } from '../../pipeline/tell-written.ts'
import type { MinuteVolume, Store, VolumeReader } from '../../ports.ts'
import { findKnownCandles, findMissingCandles } from './known-candles.ts'

/** Minutes of one write. */
const CHUNK = 10 * DAY
/** Times that a stretch is made anew because its candles have changed meanwhile. */
const MOST_TRIES = 5

/** The candle's own split; undefined where it tells none, or one that is larger than the whole. */
export function splitCandle({ ts, volume, takerBuyVolume }: MinuteVolume): TakerVolume | undefined {
  if (takerBuyVolume === null) return undefined
  const sellVolume = subtractDecimals(volume, takerBuyVolume)
  if (toNumber(sellVolume) < 0) return undefined
  return { ts, buyVolume: takerBuyVolume, sellVolume, method: 'exact', sampledAt: ts }
}

export interface ExactOptions {
  readonly store: Store
  readonly reader: VolumeReader
  readonly events: RunEventBus
  readonly signal: AbortSignal
  readonly wanted: Window
  /** The venue's time. */
  readonly now: number
  /** Fill gaps alone and leave what was spread by weight. Default: replace it. */
  readonly keepsWeighted?: boolean
}

/** Taker volume from the stored candles' own split, in place of what was spread by weight. */
export class ExactTakerVolume {
  readonly #options: ExactOptions

  constructor(options: ExactOptions) {
    this.#options = options
  }

  /** What is not made yet and can be made. */
  async plan(symbol: string): Promise<readonly Window[]> {
    const { store, reader, wanted, now, keepsWeighted } = this.#options
    const covered = (await store.coverage('tv', [symbol])).get(symbol)?.covered ?? []
    const weighted = keepsWeighted ? [] : await reader.takerWindows(symbol, wanted, 'weighted')
    const gaps = normalize([...subtract([wanted], covered), ...weighted])
    const { lacking, postponed } = await findMissingCandles(symbol, gaps, now, MINUTE, this.#options)
    return subtract(gaps, [...lacking, ...postponed])
  }

  async run(symbol: string): Promise<Lack | undefined> {
    const { store, wanted, now, events } = this.#options
    const untold: Window[] = []
    for (const gap of await this.plan(symbol)) {
      for (let from = gap.from; from < gap.to; from += CHUNK) {
        untold.push(...(await this.#make(symbol, { from, to: Math.min(gap.to, from + CHUNK) })))
      }
    }
    events.emit('job:done', { dataset: 'tv', symbol })
    const covered = (await store.coverage('tv', [symbol])).get(symbol)?.covered ?? []
    const left = subtract([wanted], covered)
    const { lacking, reason } = await findMissingCandles(symbol, left, now, MINUTE, this.#options)
    const minutes = totalSpan(normalize([...lacking, ...untold])) / MINUTE
    if (minutes === 0) return undefined
    const why = lacking.length > 0 ? reason : 'the candles do not tell what takers bought'
    return { symbol, dataset: 'tv', minutes, reason: why }
  }

  /** Returns the minutes whose candle tells no split: they stay a gap. */
  async #make(symbol: string, window: Window): Promise<readonly Window[]> {
    const { store, reader, events, signal } = this.#options
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      signal.throwIfAborted()
      const startedAt = performance.now()
      const { windows, absent, version } = await findKnownCandles(symbol, window, this.#options)
      const candles = await reader.volumes(symbol, window)
      const rows = candles.flatMap((candle) => splitCandle(candle) ?? [])
      const untold = subtract(
        pointsToWindows(
          candles.map(({ ts }) => ts),
          MINUTE,
        ),
        pointsToWindows(
          rows.map(({ ts }) => ts),
          MINUTE,
        ),
      )
      const covered = subtract(intersect(windows, [window]), untold)
      const basis = version === undefined ? [] : [{ dataset: 'ohlcv' as const, symbol, version }]
      const commit = {
        symbol,
        dataset: 'tv' as const,
        rows: store.encode(symbol, 'tv', rows),
        covered,
        absent: intersect(absent, covered),
        isFresh: false,
        basis,
      }
      const result = await store.write([commit])
      if (result.isStale) continue
      tellWritten(events, [commit], result, performance.now() - startedAt)
      return untold
    }
    return [window]
  }
}
