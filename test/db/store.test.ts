import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PostgresStore } from '../../src/db/store.ts'
import { DatabaseError } from '../../src/lib/errors.ts'
import type { Candle } from '../../src/lib/model/market.ts'
import { MINUTE, normalize, pointsToWindows } from '../../src/lib/model/window.ts'
import type { Commit } from '../../src/lib/ports.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { Wire } from '../helpers/wire.ts'

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index)

const candle = (minute: number, close = '10.50'): Candle => ({
  ts: at(minute),
  open: '10.1',
  high: '11.000',
  low: '9.99',
  close,
  volume: '123.4500',
  quoteVolume: '1300.00000001',
  trades: 7,
  takerBuyVolume: null,
  takerBuyQuoteVolume: '0',
})

type Change = Partial<Omit<Commit, 'rows'>> & { readonly rows?: readonly Candle[] }

function commit(minutes: readonly number[], { rows, ...change }: Change = {}): Commit {
  const candles = rows ?? minutes.map((minute) => candle(minute))
  const times = candles.map(({ ts }) => ts)
  const symbol = change.symbol ?? 'BTCUSDT'
  return {
    symbol,
    dataset: 'ohlcv',
    rows: store.encode(symbol, 'ohlcv', candles),
    covered: pointsToWindows(times, MINUTE),
    absent: [],
    isFresh: true,
    ...change,
  }
}

let database: TestDatabase
let store: PostgresStore
const waits: string[] = []
const open = (url: string, timeoutMs = 10_000): PostgresStore =>
  new PostgresStore('binance', { url, timeoutMs, onWait: (reason) => waits.push(reason) })

beforeAll(async () => {
  database = await createTestDatabase()
  store = open(database.url)
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.sql`truncate ohlcv, funding_rates, coverage, instruments`
  waits.length = 0
})

const minutesStored = async (): Promise<number[]> =>
  (await database.sql<{ ts: Date }[]>`select ts from ohlcv order by ts`).map(
    ({ ts }) => (ts.getTime() - START) / MINUTE,
  )
/** The time of the last change that was no mere growth, as the table has it. */
const versionOf = async (): Promise<string | undefined> =>
  (await database.sql<{ version: string }[]>`select revised_at::text as version from coverage`)[0]?.version
const coverageOf = async (symbol = 'BTCUSDT') => (await store.coverage('ohlcv', [symbol])).get(symbol)

describe('writing', () => {
  it('stores the digits that came, and null where the venue does not tell', async () => {
    expect(await store.write([commit([0])])).toEqual({
      inserted: 1,
      updated: 0,
      yielded: 0,
      refused: [],
      isStale: false,
    })
    const [row] = await database.sql`select *, ts::text from ohlcv`
    expect(row).toEqual({
      venue: 'binance',
      symbol: 'BTCUSDT',
      ts: '2026-02-01 00:00:00+00',
      open: '10.1',
      high: '11.000',
      low: '9.99',
      close: '10.50',
      volume: '123.4500',
      quote_volume: '1300.00000001',
      trades: '7',
      taker_buy_volume: null,
      taker_buy_quote_volume: '0',
    })
  })

  it('commits rows and what they cover together, in any order', async () => {
    await store.write([commit(range(10, 20)), commit(range(0, 5)), commit(range(5, 10))])
    expect(await minutesStored()).toEqual(range(0, 20))
    expect(await coverageOf()).toEqual({
      covered: [{ from: at(0), to: at(20) }],
      absent: [],
      version: await versionOf(),
    })
  })

  it('keeps what is absent until a row comes after all', async () => {
    const hole = { from: at(3), to: at(5) }
    await store.write([commit([0, 1, 2], { covered: [{ from: at(0), to: at(5) }], absent: [hole] })])
    expect(await coverageOf()).toEqual({
      covered: [{ from: at(0), to: at(5) }],
      absent: [hole],
      version: await versionOf(),
    })
    await store.write([commit([4], { isFresh: false })])
    expect((await coverageOf())?.absent).toEqual([{ from: at(3), to: at(4) }])
  })

  it('leaves equal rows untouched and replaces different ones', async () => {
    await store.write([commit([0, 1, 2])])
    const before = await database.sql`select xmin::text, ts from ohlcv order by ts`
    const rows = [candle(0), candle(1, '10.51'), candle(2)]
    const corrected = commit([0, 1, 2], { isFresh: false, rows })
    expect(await store.write([corrected])).toEqual({
      inserted: 0,
      updated: 1,
      yielded: 0,
      refused: [],
      isStale: false,
    })
    const after = await database.sql`select xmin::text, ts from ohlcv order by ts`
    expect(after.map((row, index) => row.xmin === before[index]?.xmin)).toEqual([true, false, true])
    // Nor locked: that alone would write their pages again.
    const locked = await database.sql`select ts from ohlcv where xmax <> '0' and close = '10.50'`
    expect(locked).toHaveLength(0)
    expect((await database.sql`select close from ohlcv order by ts`).map(({ close }) => close)).toEqual([
      '10.50',
      '10.51',
      '10.50',
    ])
  })

  it('merges where the table was not as empty as the coverage said', async () => {
    await store.write([commit([1])])
    await database.sql`truncate coverage`
    expect(await store.write([commit([0, 1, 2])])).toEqual({
      inserted: 2,
      updated: 0,
      yielded: 0,
      refused: [],
      isStale: false,
    })
    expect(await minutesStored()).toEqual([0, 1, 2])
  })

  it('writes several datasets and symbols in one transaction', async () => {
    const rate = { ts: at(0), rate: '-0.0001', markPrice: null, rateType: 'Re\tgu\\lar', venueTs: at(0) + 7 }
    const covered = [{ from: at(0), to: at(9) }]
    await store.write([
      commit([0], { symbol: 'ETH\\USDT' }),
      {
        symbol: 'BTCUSDT',
        dataset: 'funding',
        rows: store.encode('BTCUSDT', 'funding', [rate]),
        covered,
        absent: [],
        isFresh: true,
      },
    ])
    const [row] =
      await database.sql`select rate, mark_price, rate_type, (extract(epoch from venue_ts) * 1000)::bigint as venue_ts from funding_rates`
    expect(row).toEqual({
      rate: '-0.0001',
      mark_price: null,
      rate_type: 'Re\tgu\\lar',
      venue_ts: String(at(0) + 7),
    })
    expect((await database.sql`select symbol from ohlcv`)[0]?.symbol).toBe('ETH\\USDT')
  })
})

describe('a row that the database refuses', () => {
  it.each([true, false])(
    'is left out with its minute, and the rest is stored (fresh: %s)',
    async (isFresh) => {
      const rows = range(0, 200).map((minute) => candle(minute))
      rows[77] = { ...candle(77), high: '1' }
      const result = await store.write([
        commit(range(0, 200), { rows, isFresh }),
        commit(range(300, 310), { isFresh }),
      ])
      expect(result.inserted).toBe(209)
      expect(result.refused).toEqual([
        {
          dataset: 'ohlcv',
          symbol: 'BTCUSDT',
          ts: at(77),
          row: expect.stringContaining('Failing row'),
          reason: expect.stringContaining('ohlcv_sane'),
        },
      ])
      expect(await minutesStored()).toEqual([...range(0, 77), ...range(78, 200), ...range(300, 310)])
      expect((await coverageOf())?.covered).toEqual(
        normalize([
          { from: at(0), to: at(77) },
          { from: at(78), to: at(200) },
          { from: at(300), to: at(310) },
        ]),
      )
    },
  )

  it('in the middle of a COPY rejects at once instead of hanging', async () => {
    const rows = range(0, 30_000).map((minute) => candle(minute))
    rows[15_000] = { ...candle(15_000), high: '1' }
    const result = await store.write([commit(range(0, 30_000), { rows })])
    expect([result.inserted, result.refused.length]).toEqual([29_999, 1])
  })
})

describe('a database that goes away', () => {
  it('is waited for, and everything is written once', async () => {
    await using wire = new Wire()
    await wire.open(database.url)
    await using patient = open(wire.url)
    await patient.write([commit(range(0, 10))])
    const port = Number(new URL(wire.url).port)
    await wire.close()
    const written = patient.write([commit(range(10, 20))])
    await expect.poll(() => waits.length).toBeGreaterThan(0)
    await wire.open(database.url, port)
    expect((await written).inserted).toBe(10)
    expect(await minutesStored()).toEqual(range(0, 20))
  })

  it('for longer than allowed is a DatabaseError, and nothing of the batch is stored', async () => {
    await using wire = new Wire()
    await wire.open(database.url)
    await using hasty = open(wire.url, 300)
    await hasty.write([commit([0])])
    await wire.close()
    await expect(hasty.write([commit([1])])).rejects.toBeInstanceOf(DatabaseError)
    expect(await minutesStored()).toEqual([0])
  })

  it('without a word is given up after the same time', async () => {
    await using wire = new Wire()
    await wire.open(database.url)
    await using hasty = open(wire.url, 500)
    await hasty.write([commit([0])])
    wire.isSilent = true
    await expect(hasty.write([commit([1])])).rejects.toBeInstanceOf(DatabaseError)
    wire.isSilent = false
    wire.cut()
    expect(await minutesStored()).toEqual([0])
  })

  it('in the middle of a batch leaves no half of it', async () => {
    await using wire = new Wire()
    await wire.open(database.url)
    await using patient = open(wire.url)
    const written = patient.write([commit(range(0, 20_000))])
    await expect
      .poll(
        async () =>
          (
            await database.sql`select 1 from pg_stat_activity where query like 'copy ohlcv%' and datname = current_database()`
          ).length,
      )
      .toBeGreaterThan(0)
    wire.cut()
    await written
    expect(await minutesStored()).toHaveLength(20_000)
    expect((await coverageOf())?.covered).toEqual([{ from: at(0), to: at(20_000) }])
  })
})

describe('claims', () => {
  /** Whether each was given. */
  const areGiven = (...claims: readonly (AsyncDisposable | undefined)[]): boolean[] =>
    claims.map((claim) => typeof claim?.[Symbol.asyncDispose] === 'function')

  it('are held by one process at a time, and given back', async () => {
    await using other = open(database.url)
    const mine = await store.claim('ohlcv', 'BTCUSDT')
    const theirs = await other.claim('ohlcv', 'BTCUSDT')
    await using anotherDataset = await other.claim('funding', 'BTCUSDT')
    await using anotherSymbol = await other.claim('ohlcv', 'ETHUSDT')
    expect(theirs).toBeUndefined()
    expect(areGiven(mine, anotherDataset, anotherSymbol)).toEqual([true, true, true])
    await mine?.[Symbol.asyncDispose]()
    await using taken = await other.claim('ohlcv', 'BTCUSDT')
    expect(areGiven(taken, await store.claim('ohlcv', 'BTCUSDT'))).toEqual([true, false])
  })

  it('are free again when their holder is gone', async () => {
    const gone = open(database.url)
    await gone.claim('ohlcv', 'BTCUSDT')
    const early = await store.claim('ohlcv', 'BTCUSDT')
    await gone[Symbol.asyncDispose]()
    await using claim = await store.claim('ohlcv', 'BTCUSDT')
    expect(areGiven(early, claim)).toEqual([false, true])
  })
})

const INSTRUMENT = {
  symbol: 'BTCUSDT',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  contractType: 'PERPETUAL',
  status: 'TRADING',
  onboardTs: at(5),
  deliveryTs: null,
  tickSize: '0.10',
  stepSize: null,
  raw: { symbol: 'BTCUSDT' },
}

describe('instruments', () => {
  it('that the database does not take cost no other one', async () => {
    const named = (symbol: string, change = {}) => ({ ...INSTRUMENT, symbol, ...change })
    const good = Array.from({ length: 40 }, (_, index) => named(`C${index}USDT`))
    const bad = [
      named('A\u0000'),
      named('B', { onboardTs: 9e17 }),
      named('C\ud800'),
      named('D', { tickSize: 'a tick' }),
      named('C7USDT'),
    ]
    const refused = await store.saveInstruments([...good.slice(0, 20), ...bad, ...good.slice(20)], at(0))
    expect(refused.map(({ name }) => name)).toEqual(['A\u0000', 'B', 'C\ud800', 'D'])
    for (const { reason } of refused) expect(reason).toMatch(/^the database does not take it \(.+\)$/)
    const rows = await database.sql`select symbol from instruments order by symbol`
    expect(rows.map(({ symbol }) => symbol)).toEqual(good.map(({ symbol }) => symbol).toSorted())
  })

  it('are kept as sent, but for what no jsonb takes', async () => {
    const deep: unknown = JSON.parse(`${'['.repeat(20_000)}1${']'.repeat(20_000)}`)
    const raw = { text: 'a\u0000b\ud800', number: 1e21, deep, 币: '币' }
    expect(await store.saveInstruments([{ ...INSTRUMENT, symbol: '币安人生USDT', raw }], at(0))).toEqual([])
    const [row] = await database.sql`select symbol, raw - 'deep' as raw from instruments`
    expect(row).toEqual({
      symbol: '币安人生USDT',
      raw: { text: 'a\ufffdb\ufffd', number: 1e21, 币: '币' },
    })
  })

  it('keep when they were first and last seen, also those that are gone', async () => {
    await store.saveInstruments([INSTRUMENT, { ...INSTRUMENT, symbol: 'OLDUSDT' }], at(0))
    await store.saveInstruments([{ ...INSTRUMENT, status: 'SETTLING' }], at(9))
    const rows =
      await database.sql`select symbol, status, tick_size, onboard_ts::text, first_seen::text, last_seen::text, raw from instruments order by symbol`
    expect(rows).toEqual([
      {
        symbol: 'BTCUSDT',
        status: 'SETTLING',
        tick_size: '0.10',
        onboard_ts: '2026-02-01 00:05:00+00',
        first_seen: '2026-02-01 00:00:00+00',
        last_seen: '2026-02-01 00:09:00+00',
        raw: { symbol: 'BTCUSDT' },
      },
      {
        symbol: 'OLDUSDT',
        status: 'TRADING',
        tick_size: '0.10',
        onboard_ts: '2026-02-01 00:05:00+00',
        first_seen: '2026-02-01 00:00:00+00',
        last_seen: '2026-02-01 00:00:00+00',
        raw: { symbol: 'BTCUSDT' },
      },
    ])
  })
})
