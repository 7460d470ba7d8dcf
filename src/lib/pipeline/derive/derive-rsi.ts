import type { Lack } from '../backfill.ts'
import type { DeriveOptions, Stale } from './derive-options.ts'
import { DerivedWriter } from './derived-writer.ts'
import { CHANGING, refusedLack } from './lacks.ts'
import { RsiMaker } from './rsi-maker.ts'
import { findRsiWork, type RsiSeries, type RsiWork, seriesOf } from './rsi-work.ts'
import { claimSeries, repeatWhileStale } from './steady.ts'

/** Closes of one transaction, and some more: a chunk of them is not cut. */
const BATCH_CLOSES = 15_000

/**
 * Makes the RSI of one symbol from its stored closes: each unbroken run of minutes is a series of its own, so the rows
 * depend on nothing but the candles, however often and in how many parts they are made. When it is aborted, what is in
 * hand is written before it throws. Returns what could not be made.
 */
export async function deriveRsi(series: RsiSeries, options: DeriveOptions): Promise<readonly Lack[]> {
  await using _claim = await claimSeries(seriesOf(series), options)
  const lacks: Lack[] = []
  let minutes = 0
  const isDone = await repeatWhileStale(options, async () => {
    const found = await findRsiWork(series, options)
    minutes = found.work?.rows ?? 0
    const writer = openWriter(series, found, options)
    await makeRsi(series, found, writer, options)
    lacks.push(...refusedLack(writer.refused))
    return staleOf(writer, found)
  })
  if (!isDone) lacks.push({ symbol: series.symbol, dataset: 'rsi', minutes, reason: CHANGING })
  return lacks
}

function staleOf(writer: DerivedWriter, { work }: RsiWork): Stale {
  return writer.isStale ? { from: work?.window.from ?? Number.NEGATIVE_INFINITY } : undefined
}

function openWriter(
  series: RsiSeries,
  { basis, work, coveredUntil }: RsiWork,
  options: DeriveOptions,
): DerivedWriter {
  const { symbol, period } = series
  return new DerivedWriter({
    store: options.store,
    events: options.events,
    series: seriesOf(series),
    basis: [basis],
    heldUntil: work ? coveredUntil : Number.NEGATIVE_INFINITY,
    hasRows: (window) => options.candles.hasRsi(symbol, period, window),
  })
}

/** Ends with everything that was made written; what was held back only when all was made. */
async function makeRsi(
  series: RsiSeries,
  found: RsiWork,
  writer: DerivedWriter,
  options: DeriveOptions,
): Promise<void> {
  try {
    await addDrafts(series, found, writer, options)
  } finally {
    await writer.drain()
  }
  options.signal.throwIfAborted()
  await writer.finish()
}

async function addDrafts(
  series: RsiSeries,
  { asked, empty, work }: RsiWork,
  writer: DerivedWriter,
  { store, candles, signal }: DeriveOptions,
): Promise<void> {
  const { symbol } = series
  const [first, last] = [empty[0], empty.at(-1)]
  if (first && last) {
    const window = { from: first.from, to: last.to }
    await writer.add({ rows: store.encode(symbol, 'rsi', []), covered: empty, absent: empty, window })
  }
  if (!work) return
  const maker = await RsiMaker.open(series, work.window.from, { candles })
  for await (const chunk of candles.closes(symbol, work.window)) {
    maker.push(chunk)
    if (maker.count < BATCH_CLOSES && !signal.aborted) continue
    const draft = maker.take(asked, store)
    if (draft) await writer.add(draft)
    if (writer.isStale || signal.aborted) return
  }
  const draft = maker.take(asked, store, work.window.to)
  if (draft) await writer.add(draft)
}
