import type { Lack } from '../pipeline/lack.ts'
import type { Closes } from '../ports.ts'
import type { DeriveOptions, Stale } from './derive-options.ts'
import { DerivedWriter } from './derived-writer.ts'
import { CHANGING, refusedLack } from './lacks.ts'
import { RsiMaker } from './rsi-maker.ts'
import { findRsiWork, type RsiSeries, type RsiWork, seriesOf } from './rsi-work.ts'
import { claimSeries, repeatWhileStale } from './steady.ts'

/** Closes of one transaction, where nothing else waits. */
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
  return new DerivedWriter({
    store: options.store,
    events: options.events,
    series: seriesOf(series),
    basis: [basis],
    heldUntil: work ? coveredUntil : Number.NEGATIVE_INFINITY,
    hasRows: (window) => options.candles.hasRows(seriesOf(series), window),
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
  { store, candles, signal, manners }: DeriveOptions,
): Promise<void> {
  const { symbol } = series
  const most = manners?.minutesAtOnce ?? BATCH_CLOSES
  const [first, last] = [empty[0], empty.at(-1)]
  if (first && last) {
    const window = { from: first.from, to: last.to }
    await writer.add({ rows: store.encode(symbol, 'rsi', []), covered: empty, absent: empty, window })
  }
  if (!work) return
  await manners?.turn()
  const maker = await RsiMaker.open(series, work.window.from, { candles })
  let done = 0
  for await (const chunk of inParts(candles.closes(symbol, work.window), most)) {
    maker.push(chunk)
    if (maker.count < most && !signal.aborted) continue
    done += maker.count
    const draft = maker.take(asked, store)
    if (draft) await writer.add(draft)
    if (writer.isStale || signal.aborted) return
    manners?.onProgress(symbol, done, work.rows)
    await manners?.turn()
  }
  const draft = maker.take(asked, store, work.window.to)
  if (draft) await writer.add(draft)
  manners?.onProgress(symbol, work.rows, work.rows)
}

async function* inParts(chunks: AsyncIterable<Closes>, most: number): AsyncGenerator<Closes, void, void> {
  for await (const { ts, close } of chunks)
    for (let from = 0; from < ts.length; from += most)
      yield { ts: ts.subarray(from, from + most), close: close.subarray(from, from + most) }
}
