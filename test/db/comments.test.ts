import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

interface Thing {
  readonly name: string
  readonly comment: string | null
}

/** Tables, views and their columns, without what belongs to an extension. */
function readThings(): Promise<Thing[]> {
  return database.sql<Thing[]>`
    select c.relname || coalesce('.' || a.attname, '') as name, case when a.attnum is null
      then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end as comment
    from pg_class as c
    left join lateral (
      select attname, attnum from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
      union all select null, null
    ) as a on true
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
      and not exists (select from pg_depend where objid = c.oid and deptype = 'e')
    order by 1`
}

describe('the database', () => {
  it('says of every table, view and column what it is', async () => {
    const things = await readThings()
    expect(things.length).toBeGreaterThan(200)
    expect(things.filter(({ comment }) => !comment).map(({ name }) => name)).toEqual([])
  })

  it('says of every function what it does', async () => {
    const functions = await database.sql<Thing[]>`
      select proname as name, obj_description(oid, 'pg_proc') as comment from pg_proc
      where pronamespace = 'public'::regnamespace
        and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')`
    expect(functions.length).toBeGreaterThan(1)
    expect(functions.filter(({ comment }) => !comment).map(({ name }) => name)).toEqual([])
  })

  it('explains the short names of datasets where they are keys', async () => {
    const things = new Map((await readThings()).map(({ name, comment }) => [name, comment]))
    for (const name of ['coverage.dataset', 'wanted.dataset', 'perp_coverage.dataset'])
      for (const word of [
        'mark (mark price)',
        'index (index price)',
        'premium (premium index)',
        'oi (open interest)',
        'lsr (long/short ratios)',
        'lq (liquidations)',
        'tv (taker volume)',
        'mt (index',
      ])
        expect(things.get(name)).toContain(word)
  })
})
