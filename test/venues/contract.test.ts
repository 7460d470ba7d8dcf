import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TABLES } from '../../src/db/tables.ts'
import { PayloadError } from '../../src/lib/errors.ts'
import type { Dataset, RowOf } from '../../src/lib/model/market.ts'
import { DAY, HOUR } from '../../src/lib/model/window.ts'
import { readPage } from '../../src/lib/pipeline/page.ts'
import { gapsOf, pagesOf } from '../../src/lib/plan/wanted.ts'
import type { Source } from '../../src/lib/venue.ts'
import { createVenue, venueNames } from '../../src/venues/index.ts'

interface Fixture {
  readonly symbol: string
  readonly window: readonly [string, string]
  readonly payload: unknown
  readonly rows: readonly RowOf[Dataset][]
}

const ADDRESSES = { binanceRestUrl: 'https://fapi.binance.com' }
const fixturePath = (venue: string, dataset: string): URL =>
  new URL(`./fixtures/${venue}/${dataset}.json`, import.meta.url)

const cases = venueNames().flatMap((name) => {
  const venue = createVenue(name, ADDRESSES)
  return Object.values(venue.sources).map((source: Source) => ({
    name,
    dataset: source.dataset,
    venue,
    source,
  }))
})

/** What the rest of the tree relies on, of every venue and dataset: a new one that lacks something fails here. */
describe.each(cases)('$name $dataset', ({ name, dataset, venue, source }) => {
  const readFixture = (): Fixture => JSON.parse(readFileSync(fixturePath(name, dataset), 'utf8'))
  const pools = new Set(venue.budgets.map(({ pool }) => pool))
  const window = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 1) + HOUR }

  it('has a recorded answer, a table, and is listed under its own name', () => {
    expect(existsSync(fixturePath(name, dataset))).toBe(true)
    expect(TABLES[dataset].name).toMatch(/^[a-z_]+$/)
    expect(venue.sources[dataset]).toBe(source)
  })

  it('reads the recorded answer to the digit, inside its window', () => {
    const {
      symbol,
      window: [from, to],
      payload,
      rows,
    } = readFixture()
    const asked = { from: Date.parse(from), to: Date.parse(to) }
    const page = readPage(source, symbol, asked, source.parse(payload, symbol), asked.to + DAY)
    expect(page.rows).toEqual(rows)
    expect(page.covered).toEqual([asked])
    const columns = new Set(['ts', ...TABLES[dataset].columns.map(({ field }) => field as string)])
    expect(new Set(rows.flatMap((row) => Object.keys(row)))).toEqual(columns)
  })

  it('reads the same from the text where it can', () => {
    const { symbol, payload } = readFixture()
    const scanned = source.scan?.(JSON.stringify(payload))
    if (source.scan) expect(scanned).toEqual(source.parse(payload, symbol))
    expect(source.scan?.('[]')).toBeUndefined()
  })

  it('takes an empty answer for what it is, and nothing else for an answer', () => {
    expect(source.parse([], 'X')).toEqual({ rows: [], rejected: [], count: 0 })
    for (const wrong of [null, {}, 'text', 7, [null], ['text'], [[]], [{}]]) {
      expect(() => source.parse(wrong, 'X')).toThrow(PayloadError)
    }
  })

  it('asks for both ends of a window, over https, at a price that is declared', () => {
    for (const request of [source.request('X', window), source.firstRequest?.('X', window)]) {
      if (!request) continue
      expect(request.baseUrl).toMatch(/^https:/)
      const times = Object.values(request.query)
        .filter((value) => Number(value) > 1e12)
        .map(Number)
      expect(times).toHaveLength(2)
      expect(Math.abs(Math.min(...times) - window.from)).toBeLessThanOrEqual(60_000)
      expect(Math.abs(Math.max(...times) - window.to)).toBeLessThanOrEqual(60_000)
      expect(Object.keys(request.costs).length).toBeGreaterThan(0)
      for (const [pool, weight] of Object.entries(request.costs)) {
        expect(pools).toContain(pool)
        expect(weight).toBeGreaterThan(0)
      }
    }
  })

  it('is planned in pages that make up the gap exactly', () => {
    const wanted = { from: window.from, to: window.from + 10 * DAY }
    const [gap] = gapsOf(source, 'X', wanted, [], wanted.to + DAY)
    if (!gap) throw new Error('nothing is covered, so all is a gap')
    const pages = [...pagesOf(source, gap)]
    expect([pages[0]?.from, pages.at(-1)?.to]).toEqual([wanted.from, wanted.to])
    pages.slice(1).forEach((page, at) => {
      expect(page.from).toBe(pages[at]?.to)
    })
    if (source.shape === 'grid')
      expect(pages.every(({ from, to }) => to - from <= source.pageRows * source.stepMs)).toBe(true)
  })
})
