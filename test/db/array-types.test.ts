import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../src/db/connect.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ isMigrated: false })
})
afterAll(() => database[Symbol.asyncDispose]())

it('arrays go to the server and come back as they are', async () => {
  const texts = ['a', '', 'b c', 'NULL', 'x"y', 'back\\slash', '{brace},comma', 'naïve 比特', ' padded ']
  const times = ['2026-02-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z']
  const [row] = await database.sql`
    select ${texts}::text[] as texts, ${[...texts]}::varchar[] as varchars, array[1, null, -3]::int[] as ints,
      ${[1, 2, 3]}::int[] as numbers, array[9007199254740993]::bigint[] as bigs, array[1.50, 'NaN']::numeric[] as decimals,
      array[0.1, 1e300]::float8[] as doubles, array[true, false, null] as bools, '{}'::text[] as nothing,
      ${times}::timestamptz[] as times, array['ab'::name] as names, ${[null, 'x']}::text[] as nulls,
      (select count(*)::int from unnest(${texts}::text[]) as t where t = any(${texts})) as found`
  expect(row).toEqual({
    texts,
    varchars: texts,
    ints: [1, null, -3],
    numbers: [1, 2, 3],
    bigs: ['9007199254740993'],
    decimals: ['1.50', 'NaN'],
    doubles: [0.1, 1e300],
    bools: [true, false, null],
    nothing: [],
    times: times.map((time) => new Date(time)),
    names: ['ab'],
    nulls: [null, 'x'],
    found: texts.length,
  })
})

it('a session that is ended at its beginning is an error of the query and of nothing else', async () => {
  const sql = connect(`${database.url}?options=-c%20statement_timeout%3D1`, { max: 1 })
  await expect(sql`select pg_sleep(1)`).rejects.toMatchObject({ code: '57014' })
  await sql.end({ timeout: 1 })
})
