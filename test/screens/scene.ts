import type { SeriesReport } from '../../src/db/coverage-report.ts'
import type { ErrorReport, RunReport } from '../../src/db/reports.ts'
import { HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { createMarks } from '../../src/lib/text/marks.ts'
import { createPaint } from '../../src/lib/text/paint.ts'

export const NOW = Date.UTC(2026, 1, 1, 14, 37, 20)
export const CLOCK = { now: NOW, isVenues: true, databaseNow: NOW }
const CLOSED = NOW - 20_000
const START = CLOSED - 30 * 1_440 * MINUTE
const DATASETS = ['ohlcv', 'funding', 'oi', 'lsr', 'lq', 'tv', 'rsi']

export const screenOf = (width: number | undefined) => ({
  width,
  paint: createPaint(false),
  marks: createMarks({ LANG: 'en_US.UTF-8' }),
})

export function wholeSeries(
  symbol: string,
  dataset: string,
  change: Partial<SeriesReport> = {},
): SeriesReport {
  return {
    symbol,
    dataset,
    state: 'whole',
    wantedFrom: START,
    wantedTo: CLOSED,
    from: START,
    to: CLOSED,
    dueTo: CLOSED,
    isDelisted: false,
    lagSeconds: 0,
    cadenceSeconds: dataset === 'funding' ? 28_800 : 60,
    coveredMinutes: 43_200,
    absentMinutes: 0,
    missingMinutes: 0,
    unprovenMinutes: 0,
    rebuildingMinutes: 0,
    missingStretches: 0,
    firstMissing: [],
    updatedAt: CLOSED,
    ...change,
  }
}

export const missing = (...firstMissing: Window[]): Partial<SeriesReport> => {
  const minutes = firstMissing.reduce((sum, { from, to }) => sum + (to - from) / MINUTE, 0)
  return {
    state: 'missing',
    missingMinutes: minutes,
    missingStretches: firstMissing.length,
    firstMissing: firstMissing.slice(0, 3),
    coveredMinutes: 43_200 - minutes,
  }
}

const behind = (minutes: number): Partial<SeriesReport> => ({
  state: 'behind',
  lagSeconds: minutes * 60 + 20,
  to: CLOSED - minutes * MINUTE,
})

const minutesAgo = (from: number, to: number): Window => ({
  from: CLOSED - from * MINUTE,
  to: CLOSED - to * MINUTE,
})

/** Five symbols, of which three have something to tell, and the index. */
export const FIVE: readonly SeriesReport[] = [
  ...['ADAUSDT', 'BTCUSDT', 'ETHUSDT'].flatMap((symbol) =>
    DATASETS.map((dataset) =>
      wholeSeries(symbol, dataset, {
        ...(symbol === 'ADAUSDT' && dataset === 'ohlcv' && missing(minutesAgo(1_284, 80))),
        ...(symbol === 'ADAUSDT' && dataset === 'rsi' && { state: 'rebuilding', rebuildingMinutes: 80 }),
        ...(symbol === 'ETHUSDT' && dataset === 'ohlcv' && behind(12)),
        ...(symbol === 'ETHUSDT' && dataset === 'oi' && behind(135)),
      }),
    ),
  ),
  wholeSeries('MT', 'mt'),
  wholeSeries('MT', 'rsi'),
  ...['ohlcv', 'funding'].map((dataset) => wholeSeries('币安人生USDT', dataset)),
]

const run = (change: Partial<RunReport>): RunReport => ({
  executionId: '6f1c2d3e-0000-4000-8000-000000000000',
  script: 'backfill ohlcv',
  state: 'completed',
  isAlive: false,
  start: NOW - 3 * HOUR,
  heartbeat: NOW - 2 * HOUR,
  end: NOW - 2 * HOUR,
  success: true,
  failureType: null,
  host: 'h',
  pid: 1,
  version: '1',
  requests: 4,
  rowsFetched: 119,
  rowsInserted: 119,
  rowsUpdated: 0,
  errors: 1,
  warnings: 0,
  tier: 'Completed',
  message: 'Completed: 119 rows (119 new) in 4 requests, 0s, 1 error, 1 minute still missing',
  ...change,
})

export const RUNS: readonly RunReport[] = [
  run({}),
  run({ executionId: 'e1e9e4b2-0000-4000-8000-000000000000', state: 'lost', end: null, tier: 'Running' }),
  run({
    executionId: '0a1b2c3d-0000-4000-8000-000000000000',
    script: 'stream',
    state: 'running',
    isAlive: true,
    start: NOW - 26 * HOUR,
    heartbeat: NOW - 12_000,
    end: null,
    errors: 0,
    tier: 'Running',
    message: 'Running: OHLCV: 5| LQ: 3| TV: 5',
  }),
]

const failure = (change: Partial<ErrorReport>): ErrorReport => ({
  id: 1,
  ts: NOW - 2 * HOUR,
  script: 'backfill ohlcv',
  type: 'bad_row',
  message: 'ohlcv of ADAUSDT at 2026-02-01T12:33:00.000Z: high is below low',
  details: { symbol: 'ADAUSDT', dataset: 'ohlcv', ts: '2026-02-01T12:33:00.000Z', severity: 'error' },
  executionId: '6f1c2d3e-0000-4000-8000-000000000000',
  ...change,
})

export const FAILURES: readonly ErrorReport[] = [
  failure({}),
  failure({
    id: 2,
    ts: NOW - HOUR,
    type: 'http_429',
    message: 'binance answered 429 (limit reached), paused until 2026-02-01 13:38:00 UTC',
    details: { severity: 'warning' },
  }),
]
