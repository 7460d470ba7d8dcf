import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { StreamClaims } from '../../src/db/stream-claims.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { eventually } from '../helpers/stream-world.ts'
import { Wire } from '../helpers/wire.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())

const open = (executionId: string, onTakenOver: () => void = () => {}): Promise<StreamClaims> =>
  StreamClaims.open({ url: database.url, venue: 'binance', executionId, onTakenOver })
const never = new AbortController().signal

describe('the symbols of a stream', () => {
  it('are those of one stream; the other is told who has them, and takes none', async () => {
    await using one = await open('run-one')
    await using two = await open('run-two')
    expect(await one.take(['AUSDT', 'BUSDT'])).toEqual([])
    expect(await two.take(['BUSDT', 'CUSDT'])).toEqual([{ executionId: 'run-one', symbols: ['BUSDT'] }])
    await using three = await open('run-three')
    expect(await three.take(['CUSDT'])).toEqual([])
  })

  it('are free when they are given back, and when the process is gone', async () => {
    const one = await open('run-one')
    await using two = await open('run-two')
    await one.take(['AUSDT', 'BUSDT'])
    await one.give(['AUSDT'])
    expect(await two.take(['AUSDT'])).toEqual([])
    await one[Symbol.asyncDispose]()
    await eventually(async () => expect(await two.take(['BUSDT'])).toEqual([]))
  })

  it('are given up to a stream whose user wants them', async () => {
    const state = { isTold: false }
    const one = await open('run-one', () => {
      state.isTold = true
      void one[Symbol.asyncDispose]()
    })
    await using two = await open('run-two')
    await one.take(['AUSDT'])
    await two.takeOver(['AUSDT'], never)
    expect(state.isTold).toBe(true)
    await using three = await open('run-three')
    expect(await three.take(['AUSDT'])).toEqual([{ executionId: 'run-two', symbols: ['AUSDT'] }])
  })

  it('are not taken over by a session of the same stream that the server has not missed yet', async () => {
    await using relay = new Wire()
    await relay.open(database.url)
    const state = { isTold: false }
    await using one = await StreamClaims.open({
      url: relay.url,
      venue: 'binance',
      executionId: 'run-one',
      onTakenOver: () => {
        state.isTold = true
      },
    })
    await one.take(['AUSDT'])
    relay.loseClients()
    await using two = await open('run-two')
    const sessions = () => database.sql`select 1 from pg_stat_activity
      where application_name = 'perpctl stream run-one' and datname = current_database()`
    await eventually(async () => expect(await sessions()).toHaveLength(1), 150_000)
    await eventually(async () =>
      expect(await two.take(['AUSDT'])).toEqual([{ executionId: 'run-one', symbols: ['AUSDT'] }]),
    )
    expect(state.isTold).toBe(false)
  })

  it('are taken back after the connection was lost', async () => {
    await using one = await open('run-one')
    await one.take(['AUSDT'])
    await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'perpctl stream run-one' and datname = current_database()`
    await using two = await open('run-two')
    await eventually(async () => {
      const holders = await two.take(['AUSDT'])
      if (holders.length === 0) await two.give(['AUSDT'])
      expect(holders).toEqual([{ executionId: 'run-one', symbols: ['AUSDT'] }])
    }, 150_000)
  })
})
