import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { TABLES } from '../../src/db/tables.ts'
import { PayloadError, VenueRefusedError } from '../../src/lib/errors.ts'
import { parseExactly } from '../../src/lib/http/parse-exactly.ts'
import type { Dataset, RowOf } from '../../src/lib/model/market.ts'
import { DAY, HOUR, MINUTE, type Window } from '../../src/lib/model/window.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import { readPage, requireInside } from '../../src/lib/pipeline/page.ts'
import { gapsOf, pagesOf } from '../../src/lib/plan/wanted.ts'
import type { ApiRequest } from '../../src/lib/venue/request.ts'
import type { ParsedRows, Question, Route } from '../../src/lib/venue/route.ts'
import { createVenue, VENUE_NAMES } from '../../src/venues/index.ts'

interface Fixture {
  readonly symbol: string
  readonly window: readonly [string, string]
  /** The answer to `source.prepare`, where there is one. */
  readonly prepared?: unknown
  /** An answer to each question, in their order; its text where the question keeps the digits of numbers. */
  readonly payloads: readonly unknown[]
  /** Of the source's own steps, from all answers together. */
  readonly rows: readonly RowOf[Dataset][]
}

const ADDRESSES = {
  binanceRestUrl: 'https://fapi.binance.com',
  coinalyzeUrl: 'https://api.coinalyze.net/v1',
  coinalyzeKey: 'key',
}
const fixturePath = (venue: string, dataset: string): URL =>
  new URL(`./fixtures/${venue}/${dataset}.json`, import.meta.url)

const cases = VENUE_NAMES.flatMap((name) => {
  const venue = createVenue(name, ADDRESSES)
  return Object.values(venue.routes).map((source: Route) => ({
    name,
    dataset: source.dataset,
    venue,
    source,
  }))
})

/** What is asked for a window at the first try, a day after its end. */
function viewOf(source: Route, window: Window): Window {
  return source.view?.(window, 1, window.to + DAY) ?? window
}

/** All that the source asks about a window, with the window that the request must be about. */
function requestsOf(source: Route, window: Window): readonly { request: ApiRequest; asked: Window }[] {
  const view = viewOf(source, window)
  const questions = source.questions.flatMap((question) => [
    question.request('X', view),
    ...(question.batch ? [question.batch.request(['X', 'Y'], view)] : []),
  ])
  const first = source.firstRequest?.('X', window)
  return [
    ...questions.map((request) => ({ request, asked: view })),
    ...(first ? [{ request: first, asked: window }] : []),
  ]
}

/** The times of a request, all told in milliseconds or all in seconds, as milliseconds. */
function timesOf({ query }: ApiRequest): number[] {
  const times = Object.values(query)
    .map(Number)
    .filter((value) => value > 1e9)
  const unit = times.every((time) => time > 1e12) ? 1 : 1_000
  return times.map((time) => time * unit)
}

/** An answer on file is its text where digits would be lost otherwise. */
const textOf = (payload: unknown): string => (typeof payload === 'string' ? payload : JSON.stringify(payload))

/** Every text and number below `value`, as text. */
function leavesOf(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf)
  return [String(value)]
}

/** What the rest of the tree relies on, of every venue and dataset: a new one that lacks something fails here. */
describe.each(cases)('$name $dataset', ({ name, dataset, venue, source }) => {
  const readText = (): string => readFileSync(fixturePath(name, dataset), 'utf8')
  const readFixture = (): Fixture & { readonly asked: Window } => {
    const fixture: Fixture = JSON.parse(readText())
    const [from, to] = fixture.window
    const payloads = source.questions.map(({ keepsDigits }, at) => {
      const payload = fixture.payloads[at]
      return keepsDigits ? parseExactly(textOf(payload)) : payload
    })
    source.prepare?.parse(fixture.prepared)
    return { ...fixture, payloads, asked: { from: Date.parse(from), to: Date.parse(to) } }
  }
  const parseAll = ({ symbol, payloads, asked }: ReturnType<typeof readFixture>): ParsedRows<Dataset>[] =>
    source.questions.map((question: Question<Dataset>, at) =>
      question.parse(payloads[at], symbol, asked, viewOf(source, asked)),
    )
  const readRows = () => {
    const fixture = readFixture()
    const terms = { now: fixture.asked.to + DAY, takesPartial: false }
    return { ...fixture, page: readPage(source, fixture.asked, mergeAnswers(parseAll(fixture)), terms) }
  }
  const pools = new Set((source.api ?? venue).budgets.map(({ pool }) => pool))
  const window = { from: Date.UTC(2026, 1, 1), to: Date.UTC(2026, 1, 1) + HOUR }
  const decimals = TABLES[dataset].columns.filter(({ kind }) => kind === 'decimal').map(({ field }) => field)

  it('has an answer on file to each of its questions, a table, and is listed under its own name', () => {
    expect(existsSync(fixturePath(name, dataset))).toBe(true)
    const { payloads, rows }: Fixture = JSON.parse(readText())
    expect(payloads).toHaveLength(source.questions.length)
    expect(rows.length).toBeGreaterThan(0)
    expect(TABLES[dataset].name).toMatch(/^[a-z_]+$/)
    expect(venue.routes[dataset]).toBe(source)
  })

  it('reads these answers to the digit, inside their window', () => {
    const { asked, rows, page } = readRows()
    expect(page.rows).toEqual(rows)
    expect(page.covered).toEqual([asked])
    expect(page.rejected).toEqual([])
    const columns = new Set(['ts', ...TABLES[dataset].columns.map(({ field }) => field as string)])
    expect(new Set(rows.flatMap((row) => Object.keys(row)))).toEqual(columns)
  })

  it('has the very digits that were sent in its rows', () => {
    const { payloads, page } = readRows()
    const sent = new Set(leavesOf(payloads))
    const told = page.rows.flatMap((row) =>
      Object.entries(row).filter(([field]) => decimals.some((one) => one === field)),
    )
    const values = told.flatMap(([, value]) => (value === null ? [] : [value]))
    expect(values.filter((value) => typeof value !== 'string' || !sent.has(value))).toEqual([])
    // Digits that a double would lose, or nothing would be shown by this.
    expect(values.some((value) => String(Number(value)) !== value)).toBe(true)
  })

  it('reads only rows of its window, each on its own step', () => {
    const { symbol, asked, page, ...fixture } = readRows()
    for (const { rows } of parseAll({ ...fixture, symbol, asked })) requireInside(source, symbol, asked, rows)
    expect(page.rows.filter(({ ts }) => ts % source.stepMs !== 0)).toEqual([])
    expect([asked.from % source.stepMs, asked.to % source.stepMs, source.stepMs % MINUTE]).toEqual([0, 0, 0])
  })

  it('needs the answer to each of its questions', () => {
    const fixture = readFixture()
    const terms = { now: fixture.asked.to + DAY, takesPartial: false }
    source.questions.forEach((_, at) => {
      const answers = parseAll(fixture).map((answer, other) =>
        other === at ? { ...answer, rows: [] } : answer,
      )
      expect(readPage(source, fixture.asked, mergeAnswers(answers), terms).rows).toEqual([])
    })
  })

  it('has each number from one of its questions, and no number from two', () => {
    const own = parseAll(readFixture()).map(({ rows }) =>
      decimals.filter((field) => rows.some((row) => row[field as keyof typeof row] !== null)),
    )
    expect(own.flat().toSorted()).toEqual([...decimals].toSorted())
  })

  it('reads the same from the text where it can', () => {
    const { symbol, payloads, asked } = readFixture()
    source.questions.forEach(({ scan, parse }, at) => {
      if (scan) expect(scan(JSON.stringify(payloads[at]))).toEqual(parse(payloads[at], symbol, asked, asked))
      expect(scan?.('[]')).toBeUndefined()
    })
  })

  it('takes an empty answer for what it is, and nothing else for an answer', () => {
    const view = viewOf(source, window)
    for (const question of source.questions) {
      const empty = question.parse([], 'X', window, view)
      expect(empty).toMatchObject({ rows: [], rejected: [], count: 0 })
      // Who looks back to know what to trust trusts nothing where there is nothing.
      expect((empty.trustedFrom ?? 0) >= window.to).toBe(source.view !== undefined)
      for (const wrong of [null, {}, 'text', 7, [null], ['text'], [[]], [{}]]) {
        expect(() => question.parse(wrong, 'X', window, view)).toThrow(PayloadError)
      }
    }
  })

  it('asks for both ends of a window, over https, at a price that is declared', () => {
    const requests = requestsOf(source, window)
    expect(requests.length).toBeGreaterThanOrEqual(source.questions.length)
    for (const { request, asked } of requests) {
      expect(request.baseUrl).toMatch(/^https:/)
      const times = timesOf(request)
      expect(times).toHaveLength(2)
      expect(Math.abs(Math.min(...times) - asked.from)).toBeLessThanOrEqual(60_000)
      expect(Math.abs(Math.max(...times) - asked.to)).toBeLessThanOrEqual(60_000)
      expect(Object.keys(request.costs).length).toBeGreaterThan(0)
      for (const [pool, weight] of Object.entries(request.costs)) {
        expect(pools).toContain(pool)
        expect(weight).toBeGreaterThan(0)
      }
    }
  })

  it('asks each of its questions somewhere else, or for something else', () => {
    const requests = source.questions.map((question) => JSON.stringify(question.request('X', window)))
    expect(new Set(requests).size).toBe(source.questions.length)
  })

  it('knows the words in which a window is refused for its age, if it keeps nothing for ever', () => {
    const stranger = new VenueRefusedError('no', { details: { type: 'something else' } })
    expect(source.isTooOld?.(stranger)).toBe(source.retentionMs === undefined ? undefined : false)
    if (source.retentionMs !== undefined) expect(source.retentionMs).toBeGreaterThan(source.edgeMs)
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
