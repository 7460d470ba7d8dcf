import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresArchiveLedger } from '../../src/db/archive-ledger.ts'
import { PostgresStore } from '../../src/db/store.ts'
import type { FileRecord } from '../../src/lib/archive/ledger.ts'
import { MINUTE } from '../../src/lib/model/window.ts'
import type { Commit } from '../../src/lib/ports.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => await database[Symbol.asyncDispose]())

const START = Date.UTC(2026, 5, 1)
const at = (minute: number): number => START + minute * MINUTE
const file: FileRecord = {
  key: 'data/futures/um/daily/metrics/AUSDT/AUSDT-metrics-2026-06-01.zip',
  kind: 'metrics',
  symbol: 'AUSDT',
  period: 'daily',
  window: { from: at(5), to: at(1_445) },
  size: 11_600,
  etag: 'e1',
  modifiedAt: at(2_000),
  sha256: 'a'.repeat(64),
  rows: 0,
  state: 'loaded',
  reason: undefined,
}

function open() {
  const run = randomUUID()
  const patience = { url: database.url, run, timeoutMs: 10_000, onWait: () => {} }
  const store = new PostgresStore('binance', patience)
  const ledger = new PostgresArchiveLedger('binance', run, patience)
  onTestFinished(async () => {
    await Promise.all([store[Symbol.asyncDispose](), ledger[Symbol.asyncDispose]()])
  })
  const commit = (
    dataset: 'mark' | 'index',
    [from, to]: readonly [number, number],
    origin: Commit['origin'],
    low = '1',
  ): Commit => {
    const row = (ts: number) => ({ ts, open: '1', high: '1', low, close: '1' })
    const rows = Array.from({ length: to - from }, (_, minute) => row(at(from + minute)))
    const covered = [{ from: at(from), to: at(to) }]
    const encoded = store.encode('AUSDT', dataset, rows)
    return {
      symbol: 'AUSDT',
      dataset,
      rows: encoded,
      covered,
      absent: [],
      isFresh: false,
      ...(origin && { origin }),
    }
  }
  return { run, store, ledger, commit }
}

const provenance = () =>
  database.sql`select dataset, route, file, execution_id as run, covered::text from provenance order by dataset, route, file`
const files = () => database.sql`
  select file, kind, etag, size, sha256, rows, state, reason, execution_id as run from archive_files order by file`

const told = (from: number, to: number): string =>
  `{["2026-06-01 00:${String(from).padStart(2, '0')}:00+00","2026-06-01 00:${String(to).padStart(2, '0')}:00+00")}`

describe('what came from where', () => {
  it('is stored with the rows: route, file and run of each series, and the file once', async () => {
    const { run, store, ledger, commit } = open()
    const origin = { route: 'archive', file }
    await store.write([commit('mark', [0, 10], origin), commit('index', [0, 10], origin)])
    await store.write([commit('mark', [10, 20], { route: 'rest' })])
    const row = { run, file: file.key }
    expect(await provenance()).toEqual([
      { ...row, dataset: 'index', route: 'archive', covered: told(0, 10) },
      { ...row, dataset: 'mark', route: 'archive', covered: told(0, 10) },
      { ...row, dataset: 'mark', route: 'rest', file: '', covered: told(10, 20) },
    ])
    const stored = { file: file.key, kind: 'metrics', etag: 'e1', size: '11600', sha256: file.sha256, run }
    expect(await files()).toEqual([{ ...stored, rows: '20', state: 'loaded', reason: null }])
    expect(await ledger.loaded('AUSDT', 'metrics')).toEqual(
      new Map([[file.key, { etag: 'e1', size: 11_600, window: file.window }]]),
    )
  })

  it('leaves a minute out that the database refuses, as the coverage does', async () => {
    const { store, commit } = open()
    await database.sql`truncate provenance, coverage`
    const bad = commit('mark', [31, 32], { route: 'rest' }, '2')
    const result = await store.write([commit('mark', [30, 31], { route: 'rest' }), bad])
    expect(result.refused).toHaveLength(1)
    expect((await provenance()).map(({ covered }) => covered)).toEqual([told(30, 31)])
  })

  it('of a file that was refused is why', async () => {
    const { run, ledger } = open()
    await ledger.refuse({ ...file, sha256: undefined, state: 'refused', reason: 'its CRC is another' })
    expect(await files()).toMatchObject([
      { file: file.key, sha256: null, rows: '0', state: 'refused', reason: 'its CRC is another', run },
    ])
    expect((await ledger.loaded('AUSDT', 'metrics')).size).toBe(0)
  })

  it('knows whether terms were shown before', async () => {
    const shown = [await open().ledger.firstShown('1.0'), await open().ledger.firstShown('1.0')]
    expect([...shown, await open().ledger.firstShown('2.0')]).toEqual([true, false, true])
  })
})
