import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresStore } from '../../src/db/store.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
let store: PostgresStore
beforeAll(async () => {
  database = await createTestDatabase()
  await database.sql`alter table funding_rates drop constraint funding_rates_mark_price_check`
  store = new PostgresStore('binance', { url: database.url, timeoutMs: 5_000, onWait: () => {} })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const digits = (maxLength: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength }).map((list) => list.join(''))
/** As venues write them: no needless zero in front, any number of digits behind the point. */
const decimal = fc.tuple(fc.boolean(), digits(24), fc.option(digits(30))).map(([isNegative, whole, part]) => {
  const plain = `${whole.replace(/^0+(?=\d)/, '')}${part === null ? '' : `.${part}`}`
  return isNegative && /[1-9]/.test(plain) ? `-${plain}` : plain
})

describe('the binary form', () => {
  it('brings every digit to the server and back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(decimal, decimal), { minLength: 1, maxLength: 50 }),
        async (values) => {
          await database.sql`truncate funding_rates, coverage`
          const rows = values.map(([rate, markPrice], at) => ({
            ts: at * 60_000,
            rate,
            markPrice,
            rateType: null,
            venueTs: at * 60_000 - 3,
          }))
          await store.write([
            {
              symbol: '币安人生USDT',
              dataset: 'funding',
              rows: store.encode('币安人生USDT', 'funding', rows),
              covered: [{ from: 0, to: 60_000 * rows.length }],
              absent: [],
              isFresh: true,
            },
          ])
          const stored = await database.sql<{ rate: string; mark: string; symbol: string }[]>`
          select rate::text, mark_price::text as mark, symbol from funding_rates order by ts`
          expect(stored.map(({ rate, mark }) => [rate, mark])).toEqual(values)
          expect(stored[0]?.symbol).toBe('币安人生USDT')
        },
      ),
      { numRuns: 30 },
    )
  })

  it('brings times before 2000 and after 2038', async () => {
    await database.sql`truncate funding_rates, coverage`
    const times = [0, 946_684_799_999, 946_684_800_000, 4_133_404_800_001]
    const rows = times.map((venueTs) => ({
      ts: venueTs,
      rate: '0',
      markPrice: null,
      rateType: null,
      venueTs,
    }))
    await store.write([
      {
        symbol: 'X',
        dataset: 'funding',
        rows: store.encode('X', 'funding', rows),
        covered: [{ from: 0, to: 1 }],
        absent: [],
        isFresh: true,
      },
    ])
    const stored = await database.sql<
      { ms: number }[]
    >`select (extract(epoch from venue_ts) * 1000)::float8 as ms from funding_rates order by ts`
    expect(stored.map(({ ms }) => ms)).toEqual(times)
  })
})
