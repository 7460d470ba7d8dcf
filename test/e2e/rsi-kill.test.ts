import { describe, expect, it } from 'vitest'
import { hashOf } from '../helpers/recorded.ts'
import { createWorld, type World } from '../helpers/world.ts'

const SYMBOLS = ['BTCUSDT', 'ETHUSDT']
const MINUTES = 50_000
const SINCE = Date.UTC(2025, 9, 1)
const END = SINCE + MINUTES * 60_000
const NOW = { startAt: END + 60_000 }
const iso = (ts: number): string => new Date(ts).toISOString()
const ARGS = [
  'backfill',
  'rsi-tv',
  '--symbols',
  SYMBOLS.join(','),
  '--since',
  iso(SINCE),
  '--until',
  iso(END),
]
/** Without taker volume of five minutes, which the venue no longer has of so long ago. */
const EXACT = [...ARGS, '--tv-method', 'exact', '--json']

/** The same walk in each database, loaded by hand: RSI is made from whatever is stored. */
async function loadCandles({ database: { sql } }: World): Promise<void> {
  for (const [at, symbol] of SYMBOLS.entries())
    await sql`
      insert into ohlcv (venue, symbol, ts, open, high, low, close, volume, quote_volume, trades, taker_buy_volume,
        taker_buy_quote_volume)
      select 'binance', ${symbol}, ${iso(SINCE)}::timestamptz + minute * interval '1 minute', price, price, price, price,
        10, 10, 1, 4, 4
      from (
        select minute, (100 + ${at + 1} * ((hashint4(minute + ${at}) % 1000) / 2000.0))::numeric as price
        from generate_series(0, ${MINUTES - 1}) as minute
      ) as walk`
}

async function storedRsi({ database: { sql } }: World): Promise<string> {
  const rows = await sql<{ line: string }[]>`
    select concat_ws(',', symbol, period, extract(epoch from ts)::bigint, rsi, avg_gain, avg_loss) as line from rsi
    order by symbol collate "C", period, ts`
  const index = await sql<{ line: string }[]>`
    select concat_ws(',', extract(epoch from ts)::bigint, close, members) as line from mt_index order by ts`
  expect(rows).toHaveLength((SYMBOLS.length + 1) * (MINUTES - 14))
  return hashOf([...rows, ...index].map(({ line }) => line))
}

const countRsi = async ({ database: { sql } }: World): Promise<number> =>
  (await sql<{ count: number }[]>`select count(*)::int as count from rsi`)[0]?.count ?? 0

describe('an RSI that is killed while it is made', () => {
  it('is bit for bit that of one run, and covered the same', async () => {
    await using whole = await createWorld({ clock: NOW })
    await loadCandles(whole)
    expect((await whole.run(EXACT)).code).toBe(0)
    await using killed = await createWorld({ clock: NOW })
    await loadCandles(killed)
    for (let kills = 0; kills < 3; kills += 1) {
      const before = await countRsi(killed)
      const { child, done } = killed.start(EXACT)
      await expect.poll(() => countRsi(killed), { interval: 5, timeout: 120_000 }).toBeGreaterThan(before)
      child.kill('SIGKILL')
      expect((await done).signal).toBe('SIGKILL')
    }
    expect(await countRsi(killed)).toBeLessThan((SYMBOLS.length + 1) * (MINUTES - 14))
    const last = await killed.run(EXACT)
    expect(last.code).toBe(0)
    expect(await storedRsi(killed)).toBe(await storedRsi(whole))
    const readCoverage = ({ database: { sql } }: World) =>
      sql`select symbol, dataset, covered::text, absent::text from coverage order by 1, 2`
    expect([...(await readCoverage(killed))]).toEqual([...(await readCoverage(whole))])
    const again = JSON.parse((await killed.run(EXACT)).stdout)
    expect(again).toMatchObject({ rowsInserted: 0, rowsUpdated: 0, missingMinutes: 0 })
  }, 600_000)
})
