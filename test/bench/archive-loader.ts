import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PostgresStore } from '../../src/db/store.ts'
import { scanDelimited } from '../../src/lib/archive/delimited.ts'
import { openZip } from '../../src/lib/archive/zip.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import type { Commit } from '../../src/lib/ports.ts'
import { judgeCandles } from '../../src/venues/binance/archive/candles.ts'
import { CANDLE_CELLS, createHeaderRule } from '../../src/venues/binance/archive/formats.ts'
import { type ArchiveFile, namesOf } from '../../src/venues/binance/archive/layout.ts'
import { loadOrder } from './archive-order.ts'

/**
 * A process of its own, so that its memory can be measured: loads zips of candles, given as JSON in its only argument,
 * and tells how that went as JSON on stdout. Each file is one transaction of its rows and their coverage; two at most
 * are under way, and the next file is read meanwhile.
 */
const WRITERS = 2
const EXPECTED_ROWS = 45_000

const { folder, url, files, writes } = loadOrder.parse(JSON.parse(process.argv[2] ?? ''))
const startedAt = performance.now()
await using store = new PostgresStore('binance', { url, timeoutMs: 60_000, onWait: () => {} })
const writing = new Set<Promise<unknown>>()
let rows = 0
for (const file of files) {
  const commit = await encode(file)
  rows += commit.rows.count
  if (!writes) continue
  while (writing.size >= WRITERS) await Promise.race(writing)
  const write: Promise<unknown> = store.write([commit]).finally(() => writing.delete(write))
  writing.add(write)
}
await Promise.all(writing)
const seconds = (performance.now() - startedAt) / 1_000
const peakMegabytes = process.resourceUsage().maxRSS / 1_024
const { user, system } = process.cpuUsage()
process.stdout.write(
  JSON.stringify({ seconds, rows, peakMegabytes, processorSeconds: (user + system) / 1_000_000 }),
)

async function encode(file: ArchiveFile): Promise<Commit> {
  const { zip, member } = namesOf(file)
  const bytes = await readFile(join(folder, zip))
  const options = { where: zip, columns: 12, isHeader: createHeaderRule('klines', zip) }
  const encoder = store.openEncoder(file.symbol, 'ohlcv', {
    cells: CANDLE_CELLS,
    expectedRows: EXPECTED_ROWS,
  })
  for await (const batch of scanDelimited(openZip(bytes, { where: zip, name: member }).chunks(), options)) {
    const { times, rejected } = judgeCandles(batch, { where: zip, window: file.window })
    if (rejected.length > 0) throw new Error(`${zip}: ${rejected[0]?.reason}`)
    encoder.add(batch, times)
  }
  const encoded = encoder.finish()
  const covered = { from: encoded.times[0] ?? 0, to: (encoded.times.at(-1) ?? 0) + MINUTE }
  return {
    symbol: file.symbol,
    dataset: 'ohlcv',
    rows: encoded.rows,
    covered: [covered],
    absent: [],
    isFresh: true,
  }
}
