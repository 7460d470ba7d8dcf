import { ceilTo, floorTo, intersect, MINUTE, normalize, subtract, type Window } from '../../model/window.ts'
import type { Obstacles } from '../../pipeline/backfill.ts'
import type { Coverage, Store, VolumeReader } from '../../ports.ts'
import { ownCommand } from '../../text/own-command.ts'

/** What is known of a symbol's candles in a window. */
export interface KnownCandles {
  /** Asked and answered, or simply there. */
  readonly windows: readonly Window[]
  /** The venue has none there. */
  readonly absent: readonly Window[]
  /** Of the coverage of the candles; undefined where there is none. */
  readonly version: string | undefined
}

/** By the coverage, and where that tells nothing by the rows: they may have been loaded by hand. */
export async function findKnownCandles(
  symbol: string,
  window: Window,
  { store, reader }: { readonly store: Pick<Store, 'coverage'>; readonly reader: VolumeReader },
): Promise<KnownCandles> {
  const coverage: Coverage | undefined = (await store.coverage('ohlcv', [symbol])).get(symbol)
  const covered = coverage?.covered ?? []
  const holes = subtract([window], covered)
  const found: Window[] = []
  for (const hole of holes) found.push(...(await reader.candleWindows(symbol, hole)))
  const windows = subtract([window], subtract(holes, found))
  return { windows: normalize(windows), absent: coverage?.absent ?? [], version: coverage?.version }
}

/** A candle that closed so recently may simply not have been fetched yet. */
const RECENT = 15 * MINUTE

/** Steps of which candles are missing: a lack, or left to a later run where they are quite new. */
export async function findMissingCandles(
  symbol: string,
  wanted: readonly Window[],
  now: number,
  stepMs: number,
  needs: { readonly store: Pick<Store, 'coverage'>; readonly reader: VolumeReader },
): Promise<Obstacles> {
  const [first, last] = [wanted[0], wanted.at(-1)]
  if (!first || !last) return { lacking: [], postponed: [], reason: '' }
  const { windows } = await findKnownCandles(symbol, { from: first.from, to: last.to }, needs)
  const missing = subtract(wanted, windows).map(({ from, to }) => ({
    from: floorTo(from, stepMs),
    to: ceilTo(to, stepMs),
  }))
  const recent = [{ from: now - RECENT, to: Number.POSITIVE_INFINITY }]
  return {
    lacking: subtract(missing, recent),
    postponed: intersect(missing, recent),
    reason: `candles are missing: run ${ownCommand(`backfill ohlcv --symbols ${symbol}`)} first`,
  }
}
