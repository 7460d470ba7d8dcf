import { INDEX_SYMBOL } from '../model/market.ts'
import { MINUTE, subtract, type Window } from '../model/window.ts'
import type { Lack } from '../pipeline/lack.ts'
import type { DeriveOptions } from './derive-options.ts'
import { DerivedWriter } from './derived-writer.ts'
import { findIndexWork, INDEX_SERIES, type IndexWork, readIndexState } from './index-work.ts'
import { CHANGING, refusedLack } from './lacks.ts'
import { MarketIndex } from './math/market-index.ts'
import { MinuteRuns } from './minutes.ts'
import { claimSeries, repeatWhileStale } from './steady.ts'

/** Closes of one chunk, of all symbols together, and its minutes at most: they are rows of one transaction. */
const CHUNK_CLOSES = 1_000_000
const CHUNK_MINUTES = 15_000

/**
 * Makes the index of all symbols that have candles. When it is aborted, what is in hand is written before it throws.
 * Returns what could not be made.
 */
export async function deriveIndex(options: DeriveOptions): Promise<readonly Lack[]> {
  await using _claim = await claimSeries(INDEX_SERIES, options)
  const lacks: Lack[] = []
  let minutes = 0
  const isDone = await repeatWhileStale(options, async () => {
    const found = await findIndexWork(options)
    if (!found.work) return undefined
    minutes = found.work.rows
    const writer = openWriter(found, options)
    await makeIndex(found, found.work.window, writer, options)
    lacks.push(...refusedLack(writer.refused))
    return writer.isStale ? found.work.window : undefined
  })
  return isDone ? lacks : [...lacks, { ...INDEX_SERIES, minutes, reason: CHANGING }]
}

function openWriter(
  { basis, coveredUntil }: IndexWork,
  { store, events, candles }: DeriveOptions,
): DerivedWriter {
  return new DerivedWriter({
    store,
    events,
    series: INDEX_SERIES,
    basis,
    heldUntil: coveredUntil,
    hasRows: (window) => candles.hasRows(INDEX_SERIES, window),
  })
}

async function makeIndex(
  found: IndexWork,
  { from, to }: Window,
  writer: DerivedWriter,
  options: DeriveOptions,
): Promise<void> {
  const { signal, manners } = options
  const index = new MarketIndex(await readIndexState(found, from, options))
  const share = Math.max(1, Math.floor(CHUNK_CLOSES / found.symbols.length))
  const step = Math.min(manners?.minutesAtOnce ?? CHUNK_MINUTES, share) * MINUTE
  try {
    for (let at = from; at < to && !writer.isStale && !signal.aborted; at += step) {
      await manners?.turn()
      await addChunk(index, found.symbols, { from: at, to: Math.min(to, at + step) }, writer, options)
      manners?.onProgress(INDEX_SYMBOL, (Math.min(to, at + step) - from) / MINUTE, (to - from) / MINUTE)
    }
  } finally {
    await writer.drain()
  }
  signal.throwIfAborted()
  await writer.finish()
}

async function addChunk(
  index: MarketIndex,
  symbols: readonly string[],
  window: Window,
  writer: DerivedWriter,
  { store, candles, signal }: DeriveOptions,
): Promise<void> {
  index.begin(window)
  for await (const { symbol, ts, close } of candles.closesOf(symbols, window)) {
    // A part of the symbols makes no index.
    if (signal.aborted) return
    index.push(symbol, ts, close)
  }
  const points = index.finish()
  const made = new MinuteRuns()
  for (const { ts } of points) made.add(ts)
  const rows = store.encode(INDEX_SYMBOL, 'mt', points)
  await writer.add({ rows, covered: [window], absent: subtract([window], made.take()), window })
}
