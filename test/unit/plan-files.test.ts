import { describe, expect, it } from 'vitest'
import { DAY, MINUTE } from '../../src/lib/model/window.ts'
import { type FilePlan, planFiles } from '../../src/lib/pipeline/archive/choose-files.ts'
import type { FilePeriod, ListedFile } from '../../src/lib/venue/archive.ts'

const START = Date.UTC(2026, 5, 1)
const STEP = 5 * MINUTE

const file = (key: string, period: FilePeriod, from: number, to: number, size = 10_000): ListedFile => ({
  key,
  kind: 'metrics',
  symbol: 'AUSDT',
  period,
  window: { from: START + from, to: START + to },
  size,
  etag: key,
  modifiedAt: START,
})
const day = (number: number, shift = 0): ListedFile =>
  file(`day ${number}`, 'daily', number * DAY + shift, (number + 1) * DAY + shift)
const month = file('month', 'monthly', 0, 30 * DAY, 1_000_000)
const days = Array.from({ length: 30 }, (_, at) => day(at))

const NOTHING: FilePlan = { gaps: [], again: [], strayMs: 0, tried: new Set(), lenders: new Set() }
const at = (from: number, to: number) => ({ from: START + from, to: START + to })

describe('the files of a round', () => {
  const shelf = { monthly: [month], daily: days }
  const keysOf = (plan: Partial<FilePlan>): string[] =>
    planFiles(shelf, { ...NOTHING, ...plan }).map(({ file: { key } }) => key)

  it('are a month, or days where that is less to load', () => {
    expect(keysOf({ gaps: [at(0, 30 * DAY)] })).toEqual(['month'])
    expect(keysOf({ gaps: [at(3 * DAY, 4 * DAY)] })).toEqual(['day 3'])
  })

  it('are those that are loaded again, a day after the month over it', () => {
    expect(keysOf({ again: [month, day(3)] })).toEqual(['month'])
    expect(keysOf({ again: [days[3] ?? month], tried: new Set(['month']) })).toEqual(['day 3'])
  })
})

describe('rows in the neighbour of their file', () => {
  const metrics = [day(0, STEP), day(1, STEP), day(2, STEP)]
  const plan = (from: number, to: number, tried: readonly string[], lenders: readonly string[] = []) =>
    planFiles(
      { monthly: [], daily: metrics },
      { ...NOTHING, gaps: [at(from, to)], strayMs: STEP, tried: new Set(tried), lenders: new Set(lenders) },
    ).map(({ file: { key }, reach, isLender }) => [key, reach, isLender])

  it('are looked for when their own file has been seen to lack them, once', () => {
    const [first, all] = [at(DAY + STEP, DAY + 2 * STEP), ['day 0', 'day 1', 'day 2']]
    expect(plan(DAY + STEP, DAY + 2 * STEP, [])).toEqual([['day 1', [at(DAY + STEP, 2 * DAY + STEP)], false]])
    expect(plan(DAY + STEP, DAY + 2 * STEP, all)).toEqual([['day 0', [first], true]])
    expect(plan(DAY + STEP, DAY + 2 * STEP, all, ['day 0'])).toEqual([])
  })

  it('are not looked for in the middle of a day, nor behind the last file', () => {
    expect(plan(DAY + 2 * STEP, DAY + 3 * STEP, ['day 0', 'day 1', 'day 2'])).toEqual([])
    expect(plan(3 * DAY + STEP, 3 * DAY + 2 * STEP, ['day 0', 'day 1', 'day 2'])).toEqual([])
  })

  it('are of the last row of a day in the file behind it', () => {
    const last = at(2 * DAY, 2 * DAY + STEP)
    expect(plan(2 * DAY, 2 * DAY + STEP, ['day 1'])).toEqual([['day 2', [last], true]])
  })
})
