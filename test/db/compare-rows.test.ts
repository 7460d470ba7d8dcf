import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresStore } from '../../src/db/store.ts'
import type { EncodedRows } from '../../src/lib/model/encoded-rows.ts'
import type { LongShortRatio } from '../../src/lib/model/market.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => await database[Symbol.asyncDispose]())

const START = Date.UTC(2026, 5, 1)
const minutes = (from: number, to: number): Window => ({
  from: START + from * MINUTE,
  to: START + to * MINUTE,
})

function open(): PostgresStore {
  const store = new PostgresStore('binance', { url: database.url, timeoutMs: 10_000, onWait: () => {} })
  onTestFinished(() => store[Symbol.asyncDispose]())
  return store
}

const prices = (store: PostgresStore, highs: readonly string[], first = 0): EncodedRows =>
  store.encode(
    'AUSDT',
    'mark',
    highs.map((high, at) => ({ ts: START + (first + at) * MINUTE, open: '1', high, low: '1', close: '1' })),
  )

const ratio = (value: string, share: string | null): LongShortRatio => ({
  ts: START,
  globalAccountRatio: value,
  globalLongAccount: share,
  globalShortAccount: share,
  topAccountRatio: value,
  topLongAccount: share,
  topShortAccount: share,
  topPositionRatio: value,
  topLongPosition: share,
  topShortPosition: share,
  sampledAt: START,
})

describe('rows held against what is stored', () => {
  it('are new, the same or different, whatever zeros they end with, and nothing changes', async () => {
    const store = open()
    const stored = { symbol: 'AUSDT', dataset: 'mark', absent: [], isFresh: true } as const
    const rows = prices(store, ['1.5', '1.6', '1.7', '1.8'])
    await store.write([{ ...stored, rows, covered: [minutes(0, 4)] }])
    const before = await database.sql`select * from mark_prices order by ts`
    expect(await store.compare('mark', prices(store, ['1.70', '1.9', '2'], 2))).toEqual({
      stored: [minutes(2, 4)],
      different: [minutes(3, 4)],
    })
    expect(await store.compare('mark', prices(store, ['1'], 4))).toEqual({ stored: [], different: [] })
    expect([...(await database.sql`select * from mark_prices order by ts`)]).toEqual([...before])
  })

  it.each([
    ['the same with more digits', '1.23456789', null, []],
    ['another in the digits that both have', '1.23460001', null, [minutes(0, 1)]],
    ['another share', '1.2346', '0.6', [minutes(0, 1)]],
    ['the same', '1.2346', '0.5', []],
  ])('of a quotient: %s', async (name, value, share, different) => {
    const store = open()
    const stored = name.startsWith('another in') ? '1.2347' : '1.2346'
    const rows = store.encode('AUSDT', 'lsr', [ratio(stored, '0.5')])
    const commit = { symbol: 'AUSDT', dataset: 'lsr', covered: [], absent: [], isFresh: false } as const
    await store.write([{ ...commit, rows }])
    const found = await store.compare('lsr', store.encode('AUSDT', 'lsr', [ratio(value, share)]))
    expect(found).toEqual({ stored: [minutes(0, 1)], different })
  })

  it('are written without those of some windows', async () => {
    const store = open()
    const rows = store.leaveOut(prices(store, ['1', '2', '3', '4', '5'], 10), [
      minutes(13, 14),
      minutes(10, 12),
    ])
    const covered = [minutes(12, 13), minutes(14, 15)]
    await store.write([{ symbol: 'AUSDT', dataset: 'mark', rows, covered, absent: [], isFresh: true }])
    const found = await database.sql`
      select high from mark_prices where ts >= ${new Date(minutes(10, 11).from)} order by ts`
    expect([rows.count, found.map(({ high }) => high)]).toEqual([2, ['3', '5']])
  })
})
