import { PostgresCandles } from '../../src/db/candles.ts'
import { PostgresStore } from '../../src/db/store.ts'
import { deriveRsi } from '../../src/lib/derive/derive-rsi.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { runBackfill } from './backfill.ts'
import { atLeast, atMost, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { startVenue } from './venue-process.ts'

const SYMBOL = 'BTCUSDT'
const PERIOD = 14
const CANDLES = 500_000
const SINCE = Date.UTC(2025, 0, 1)
const UNTIL = SINCE + CANDLES * MINUTE
const GOAL_ROWS = 150_000
const GOAL_MEGABYTES = 200

/**
 * RSI from table to table. No command makes the RSI of one symbol and nothing else, so it is made in this process, from
 * the first look at the coverage to the last commit. Then `backfill rsi-tv` as users run it makes the same rows, those
 * of the index of all symbols, and the RSI of that: three rows for each candle. The venue has taken no taker volume of
 * months so old, so that there is nothing to fetch.
 */
export async function measureIndicators(ground: Ground): Promise<Part> {
  await putCandles(ground)
  const alone = await deriveAlone(ground)
  await ground.clear()
  await putCandles(ground)
  const command = await runCommand(ground)
  const rows = CANDLES - PERIOD
  return {
    figures: [
      atLeast(GOAL_ROWS, 'e. RSI, table to table', rows / alone, 'rows/s'),
      tell('e. backfill rsi-tv: RSI, index, its RSI', command.rowsInserted / command.seconds, 'rows/s'),
      atMost(GOAL_MEGABYTES, 'e. peak memory of backfill rsi-tv', command.peakMegabytes, 'MB'),
    ],
    details: { candles: CANDLES, alone: { process: 'the benchmark itself', rows, seconds: alone }, command },
  }
}

/** As a backfill would have left them. */
async function putCandles({ sql, clear }: Ground): Promise<void> {
  await clear()
  await sql`
    insert into ohlcv (venue, symbol, ts, open, high, low, close, volume)
    select 'binance', ${SYMBOL}, ${new Date(SINCE)}::timestamptz + minute * interval '1 minute', close, close, close, close, 1
    from generate_series(0, ${CANDLES - 1}::int) as minute
    cross join lateral (select round((100 + 20 * sin(minute / 4000.0) + 5 * sin(minute * 0.37))::numeric, 4)) as made (close)`
  const covered = `{[${new Date(SINCE).toISOString()},${new Date(UNTIL).toISOString()})}`
  await sql`
    insert into coverage (venue, symbol, dataset, covered) values ('binance', ${SYMBOL}, 'ohlcv', ${covered})`
  await sql`vacuum analyze ohlcv`
  await sql`checkpoint`
}

/** Seconds. */
async function deriveAlone({ url, sql }: Ground): Promise<number> {
  const patience = { url, timeoutMs: 10_000, onWait: () => {} }
  await using store = new PostgresStore('binance', patience)
  await using candles = new PostgresCandles('binance', patience)
  const { signal } = new AbortController()
  const needs = { store, candles, events: new RunEventBus(), clock: systemClock, signal, until: undefined }
  const startedAt = performance.now()
  await deriveRsi({ symbol: SYMBOL, period: PERIOD }, needs)
  const seconds = (performance.now() - startedAt) / 1_000
  const [stored] = await sql<{ count: number }[]>`select count(*)::int from rsi`
  if (stored?.count !== CANDLES - PERIOD) throw new Error(`${stored?.count} rows of the RSI are stored`)
  return seconds
}

async function runCommand({ url }: Ground) {
  await using venue = await startVenue(['--no-limits', '--start', '2026-06-01'])
  const run = await runBackfill({
    command: 'rsi-tv',
    databaseUrl: url,
    venueUrl: venue.restUrl,
    symbols: [SYMBOL],
    since: new Date(SINCE).toISOString(),
    until: new Date(UNTIL).toISOString(),
  })
  const expected = 3 * CANDLES - 2 * PERIOD
  if (run.rowsInserted !== expected) throw new Error(`${run.rowsInserted} of ${expected} rows were made`)
  return run
}
