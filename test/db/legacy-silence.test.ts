import { expect, it } from 'vitest'
import { findSuspects } from '../../src/db/doubts.ts'
import { migrate } from '../../src/db/migrate.ts'
import { MIGRATION_FILES } from '../../src/db/migrations.generated.ts'
import { DAY, HOUR, MINUTE } from '../../src/lib/model/window.ts'
import { createTestDatabase } from '../helpers/database.ts'

const T0 = Date.UTC(2026, 1, 1)
const iso = (ts: number): string => new Date(ts).toISOString()

it('a long silence of funding that an earlier version believed without evidence is named after the migration', async () => {
  await using database = await createTestDatabase({ isMigrated: false })
  const { sql } = database
  await migrate(
    sql,
    MIGRATION_FILES.filter(({ name }) => name < '008'),
  )
  const settlements = Array.from({ length: 10 }, (_, at) => T0 + at * 8 * HOUR)
  for (const symbol of ['AUSDT', 'BUSDT']) {
    for (const ts of settlements.filter((_, at) => symbol === 'BUSDT' || at !== 4))
      await sql`
        insert into funding_rates (venue, symbol, ts, rate, venue_ts)
        values ('binance', ${symbol}, ${iso(ts)}, 0.0001, ${iso(ts)})`
    await sql`
      insert into coverage (venue, symbol, dataset, covered)
      values ('binance', ${symbol}, 'funding', ${`{[${iso(T0)},${iso(T0 + 4 * DAY)})}`})`
  }
  await migrate(sql)
  const suspects = await findSuspects(sql, { venue: 'binance', longestMs: 8 * HOUR })
  expect([...suspects]).toEqual([
    { symbol: 'AUSDT', dataset: 'funding', from: T0 + 24 * HOUR + MINUTE, to: T0 + 40 * HOUR },
  ])
  // A row that comes after all ends it.
  await sql`
    insert into funding_rates (venue, symbol, ts, rate, venue_ts)
    values ('binance', 'AUSDT', ${iso(T0 + 32 * HOUR)}, 0.0001, ${iso(T0 + 32 * HOUR)})`
  expect(await findSuspects(sql, { venue: 'binance', longestMs: 8 * HOUR })).toHaveLength(0)
})
