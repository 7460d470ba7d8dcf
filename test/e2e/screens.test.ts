import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/lib/model/window.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { showOn } from '../helpers/show-on.ts'
import { hasTerminals } from '../helpers/terminal.ts'

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 50, rows: 20 },
]
const MESSAGE =
  'ohlcv of S1USDT at 2026-02-01T12:33:00.000Z: high is below low, and the venue says so three times'

/** Twelve symbols with all that there is, of which one has stopped and one lacks something. */
async function fill({ sql }: TestDatabase): Promise<void> {
  const end = new Date(Math.floor(Date.now() / MINUTE) * MINUTE + 30 * MINUTE).toISOString()
  await sql`
    insert into coverage (venue, symbol, dataset, covered)
    select 'binance', 'S' || n || 'USDT', dataset, tstzmultirange(tstzrange(${end}::timestamptz - interval '9 days',
      ${end}::timestamptz - case when n = 7 and dataset = 'ohlcv' then interval '3 hours' else interval '0' end))
    from generate_series(1, 12) as n, unnest(array['ohlcv', 'funding', 'oi', 'lsr', 'lq', 'tv', 'rsi']) as dataset`
  await sql`
    update coverage set covered = covered - tstzmultirange(tstzrange(${end}::timestamptz - interval '5 days',
      ${end}::timestamptz - interval '4 days')) where symbol = 'S1USDT' and dataset = 'ohlcv'`
  await sql`
    insert into perp_errors (script_name, error_type, error_message, details)
    values ('backfill ohlcv', 'bad_row', ${MESSAGE}, ${sql.json({ symbol: 'S1USDT', dataset: 'ohlcv' })})`
}

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
  await fill(database)
})
afterAll(() => database[Symbol.asyncDispose]())

describe.skipIf(!hasTerminals)('on a real terminal', () => {
  it.each(SIZES)('of $columns × $rows status fits, and shows what matters', async (size) => {
    const { code, lines } = await showOn(size, ['status'], { DATABASE_URL: database.url })
    expect(code).toBe(0)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(size.columns)
    expect(lines.find((line) => line.includes('series whole'))).toMatch(/^82 of 84 series whole, up to /)
    const symbols = lines.filter((line) => /^S\d+USDT/.test(line))
    expect(symbols.map((line) => line.split(' ')[0]).slice(0, 2)).toEqual(['S7USDT', 'S1USDT'])
    expect(symbols[0]).toMatch(/2h/)
    expect(symbols[1]).toMatch(/1\.4k missing/)
    expect(symbols).toHaveLength(12)
  })

  it.each(SIZES)('of $columns × $rows status --long keeps what is missing', async (size) => {
    const args = ['status', '--long', '--symbols', 'S1USDT']
    const { code, lines } = await showOn(size, args, { DATABASE_URL: database.url })
    expect(code).toBe(0)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(size.columns)
    expect(lines.join('\n')).toMatch(/1,440 in 1\s+\d{4}-\d\d-\d\d \d\d:\d\d – \d{4}/)
  })

  it.each(SIZES)('of $columns × $rows errors shows the whole message', async (size) => {
    const { code, lines } = await showOn(size, ['errors'], { DATABASE_URL: database.url })
    expect(code).toBe(0)
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(size.columns)
    // In a column of its own, or below: without what else is in its lines it is there, word by word.
    const words = lines.flatMap((line) => line.trim().split(/ {2,}/).slice(-1)).join(' ')
    expect(words).toContain(MESSAGE)
  })
})
