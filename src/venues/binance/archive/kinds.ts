import type { ByteRows } from '../../../lib/archive/byte-rows.ts'
import { scanDelimited } from '../../../lib/archive/delimited.ts'
import { dropOutside, type JudgedRows } from '../../../lib/archive/judge-rows.ts'
import type { CellMap, RowEncoder } from '../../../lib/archive/row-encoder.ts'
import type { Dataset, PriceDataset } from '../../../lib/model/market.ts'
import { DAY, MINUTE, span, type Window } from '../../../lib/model/window.ts'
import type { ArchiveFile, FileKind, FileNeeds, FilePeriod, FileRows } from '../../../lib/venue/archive.ts'
import type { RejectedRow } from '../../../lib/venue/route.ts'
import { judgeCandles, judgePrices } from './candles.ts'
import {
  CANDLE_CELLS,
  COLUMNS,
  createHeaderRule,
  FUNDING_CELLS,
  OPEN_INTEREST_CELLS,
  PRICE_CELLS,
  RATIO_CELLS,
} from './formats.ts'
import { judgeFunding } from './funding.ts'
import { type ArchiveType, METRICS_STEP } from './layout.ts'
import { judgeMetrics } from './metrics.ts'

/** A day of metrics in one batch, each row twice and some more. */
const METRICS_ROWS = 2_048

/** How one dataset is taken out of a file. */
interface Part<D extends Dataset = Dataset> {
  readonly dataset: D
  readonly cells: CellMap<D>
  readonly stepMs: number
}

interface KindOptions {
  readonly type: ArchiveType
  readonly periods: readonly FilePeriod[]
  readonly parts: readonly Part[]
  readonly batchRows?: number
  readonly strayMs?: number
  /** What is judged of each part, in their order. */
  judge(rows: ByteRows, file: ArchiveFile): readonly JudgedRows[]
}

const part = <D extends Dataset>(dataset: D, cells: CellMap<D>, stepMs = MINUTE): Part<D> => ({
  dataset,
  cells,
  stepMs,
})

function createKind({ type, periods, parts, batchRows, strayMs = 0, judge }: KindOptions): FileKind {
  return {
    name: type,
    datasets: parts.map(({ dataset }) => dataset),
    periods,
    strayMs,
    async read(file, chunks, needs) {
      const takers = parts.map((one) => openTaker(one, file, needs))
      const isHeader = createHeaderRule(type, file.key)
      const options = { where: file.key, columns: COLUMNS[type].length, isHeader }
      const batches = scanDelimited(chunks, batchRows === undefined ? options : { ...options, batchRows })
      for await (const rows of batches) {
        const judged = judge(rows, file)
        takers.forEach((taker, at) => {
          const own = judged[at]
          if (own) taker?.take(rows, own)
        })
      }
      return takers.flatMap((taker) => taker?.finish() ?? [])
    },
  }
}

/** Undefined where nothing of it is wanted. */
function openTaker<D extends Dataset>(
  { dataset, cells, stepMs }: Part<D>,
  { symbol, window }: ArchiveFile,
  { store, wanted }: FileNeeds,
): { take(rows: ByteRows, judged: JudgedRows): void; finish(): FileRows } | undefined {
  const windows = wanted.get(dataset) ?? []
  if (windows.length === 0) return undefined
  const expectedRows = Math.ceil(span(window) / stepMs) + 1
  const encoder: RowEncoder = store.openEncoder(symbol, dataset, { cells, stepMs, expectedRows })
  const rejected: RejectedRow[] = []
  return {
    take(rows, { times, rejected: bad }) {
      dropOutside(times, windows)
      encoder.add(rows, times)
      rejected.push(...bad.filter(({ ts }) => ts === undefined || isInside(ts, windows)))
    },
    finish: () => ({ dataset, cells: encoder.finish(), rejected }),
  }
}

const isInside = (ts: number, windows: readonly Window[]): boolean =>
  windows.some(({ from, to }) => ts >= from && ts < to)

const place = ({ key, window }: ArchiveFile) => ({ where: key, window })

function createPrices(type: ArchiveType, dataset: PriceDataset): FileKind {
  const kind = dataset === 'premium' ? 'premium' : 'price'
  return createKind({
    type,
    periods: ['monthly', 'daily'],
    parts: [part(dataset, PRICE_CELLS)],
    judge: (rows, file) => [judgePrices(rows, kind, place(file))],
  })
}

/** What the archive has of the datasets that perpctl stores. */
export const KINDS: readonly FileKind[] = [
  createKind({
    type: 'klines',
    periods: ['monthly', 'daily'],
    parts: [part('ohlcv', CANDLE_CELLS)],
    judge: (rows, file) => [judgeCandles(rows, place(file))],
  }),
  createPrices('markPriceKlines', 'mark'),
  createPrices('indexPriceKlines', 'index'),
  createPrices('premiumIndexKlines', 'premium'),
  createKind({
    type: 'fundingRate',
    periods: ['monthly'],
    parts: [part('funding', FUNDING_CELLS)],
    judge: (rows, file) => [judgeFunding(rows, place(file))],
  }),
  createKind({
    type: 'metrics',
    periods: ['daily'],
    parts: [part('oi', OPEN_INTEREST_CELLS, METRICS_STEP), part('lsr', RATIO_CELLS, METRICS_STEP)],
    batchRows: METRICS_ROWS,
    strayMs: METRICS_STEP,
    judge(rows, { key, symbol, window }) {
      const from = window.from - METRICS_STEP
      const { oi, lsr } = judgeMetrics(rows, { where: key, symbol, day: { from, to: from + DAY } })
      return [oi, lsr]
    },
  }),
]
