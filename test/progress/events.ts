import { RunEventBus, type RunEvents, type RunSummary } from '../../src/lib/events.ts'
import type { ErrorType } from '../../src/lib/model/error-types.ts'
import type { StreamFigures } from '../../src/lib/stream/figures.ts'

export const EXECUTION_ID = '6f1c2d3e-0000-4000-8000-000000000000'
/** 2026-02-01 13:52:44 UTC. */
export const START = Date.UTC(2026, 1, 1, 13, 52, 44)

export const SUMMARY: RunSummary = {
  symbols: 3,
  requests: 246,
  rowsFetched: 120_960,
  rowsInserted: 120_958,
  rowsUpdated: 2,
  errors: 0,
  warnings: 0,
  failed: [],
  missingMinutes: 0,
  absentMinutes: 14,
  unprovenMinutes: 0,
  expiredMinutes: 0,
  seconds: 123,
}

export const FIGURES: StreamFigures = {
  symbols: 3,
  connections: 1,
  live: 1,
  frames: 0,
  lagP50: null,
  lagP99: null,
  corrected: 0,
  duplicates: 0,
  disconnects: 0,
  spooled: 0,
  missingMinutes: 0,
  repairing: 0,
  lastDisconnect: null,
}

/** A bus that fails the test when a subscriber throws, and the events of a usual run. */
export function createRun(script = 'backfill ohlcv') {
  const bus = new RunEventBus((name, error) => {
    throw new Error(`a subscriber of ${name} failed`, { cause: error })
  })
  return {
    bus,
    start: (params = {}) => bus.emit('run:start', { executionId: EXECUTION_ID, script, params }),
    plan: (rows = 120_960, requests = 246) =>
      bus.emit('run:plan', {
        symbols: 3,
        jobs: [{ dataset: 'ohlcv', rows, minutes: rows, requests, costs: { weight: requests * 2 } }],
      }),
    page: (rows: number, lane = 'direct') => {
      const window = { from: 0, to: rows * 60_000 }
      bus.emit('page:fetched', {
        lane,
        dataset: 'ohlcv',
        symbol: 'BTCUSDT',
        rows,
        window,
        weight: 2,
        requests: 1,
      })
    },
    write: (rows: number) => {
      const perDataset = { ohlcv: { rows, covered: rows * 60_000 } }
      bus.emit('batch:written', { rows, inserted: rows, updated: 0, perDataset, ms: 5 })
    },
    lane: (change: Partial<RunEvents['lane:state']>) =>
      bus.emit('lane:state', {
        lane: 'direct',
        state: 'open',
        reason: null,
        inFlight: 4,
        budgets: [{ pool: 'weight', used: 492, limit: 2_400 }],
        ...change,
      }),
    fail: (count = 1, type: ErrorType = 'bad_row') => {
      for (let at = 0; at < count; at += 1) {
        bus.emit('failure', {
          type,
          message: `number ${at}`,
          details: { symbol: 'BTCUSDT' },
          severity: 'error',
        })
      }
    },
    done: (
      tier: RunEvents['run:done']['tier'] = 'Completed',
      change: Partial<RunSummary> = {},
      message = '',
    ) => bus.emit('run:done', { tier, summary: { ...SUMMARY, ...change }, message }),
  }
}
