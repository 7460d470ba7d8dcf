import { describe, expect, it } from 'vitest'
import { ArchiveFileError } from '../../src/lib/archive/file-error.ts'
import { type JudgedMetrics, judgeMetrics } from '../../src/venues/binance/archive/metrics.ts'
import { toByteRows } from '../helpers/cells.ts'

const DAY = 86_400_000
const STEP = 300_000

const labelOf = (ts: number): string => new Date(ts).toISOString().slice(0, 19).replace('T', ' ')
const line = (ts: number, changes: Readonly<Record<number, string>> = {}): string =>
  [labelOf(ts), 'BTCUSDT', '105550.985', '6858675634.7', '1.28', '1.47', '1.19', '1.55']
    .map((cell, at) => changes[at] ?? cell)
    .join(',')
/** A day of labels, from its first label on. */
const labels = (first: number, count = 288): number[] =>
  Array.from({ length: count }, (_, at) => first + at * STEP)

async function judge(day: number, lines: readonly string[]): Promise<JudgedMetrics> {
  const place = { where: 'a.zip', symbol: 'BTCUSDT', day: { from: day, to: day + DAY } }
  return judgeMetrics(await toByteRows(lines, 8), place)
}

const OLD = Date.UTC(2026, 4, 1)
const SWITCH = Date.UTC(2026, 5, 25)

describe('metrics of the archive', () => {
  it.each([
    ['the last day of the old labels', SWITCH - DAY, SWITCH - DAY + STEP, 'instant'],
    ['the first day of the new labels', SWITCH, SWITCH, 'start'],
    ['an old day', OLD, OLD + STEP, 'instant'],
    ['old labels a day after the switch', SWITCH + DAY, SWITCH + DAY + STEP, 'instant'],
    ['new labels a day before the switch', SWITCH - DAY, SWITCH - DAY, 'start'],
  ])('tell the same instants as the API: %s', async (_name, day, first, era) => {
    const judged = await judge(
      day,
      labels(first).map((ts) => line(ts)),
    )
    expect(judged.era).toBe(era)
    expect([...judged.oi.times]).toEqual(labels(day + STEP))
    expect([...judged.lsr.times]).toEqual(labels(day + STEP))
    expect(judged.oi.rejected).toEqual([])
  })

  it('are read by the date where the labels of midnight are missing, or are both there', async () => {
    const short = labels(OLD + STEP, 100).map((ts) => line(ts))
    expect((await judge(OLD, short)).era).toBe('instant')
    const longer = labels(OLD, 289).map((ts) => line(ts))
    const judged = await judge(OLD, longer)
    expect(judged.era).toBe('instant')
    expect([...judged.oi.times]).toEqual(labels(OLD, 289))
    const later = labels(SWITCH + 90 * DAY + STEP, 287).map((ts) => line(ts))
    expect((await judge(SWITCH + 90 * DAY, later)).era).toBe('start')
  })

  it('are refused where labels and date contradict each other', async () => {
    const lines = labels(OLD).map((ts) => line(ts))
    await expect(judge(OLD, lines)).rejects.toThrow(ArchiveFileError)
    await expect(judge(OLD, lines)).rejects.toThrow('its labels seem to tell the beginning of five minutes')
  })

  it('may have one of the two without the other', async () => {
    const changes: Readonly<Record<number, string>>[] = [
      { 2: '0', 3: '0' },
      { 2: '' },
      { 3: '' },
      { 3: '0.000' },
      { 4: '', 5: '', 6: '' },
      { 4: '', 6: '' },
      { 5: '-1' },
      { 5: 'nan' },
      { 7: '' },
      { 2: '1e5' },
    ]
    const times = labels(OLD + STEP, 20)
    const { oi, lsr } = await judge(
      OLD,
      times.map((ts, at) => line(ts, changes[at])),
    )
    const at = (ts: number | undefined): number => times.indexOf(ts ?? 0)
    expect(oi.rejected.map(({ ts, reason }) => [at(ts), reason])).toEqual([
      [0, 'sum_open_interest is not above 0'],
      [1, 'sum_open_interest is empty'],
      [3, 'sum_open_interest_value is not above 0'],
      [9, 'sum_open_interest is not a number'],
    ])
    expect(lsr.rejected.map(({ ts, reason }) => [at(ts), reason])).toEqual([
      [4, 'tells no ratio'],
      [6, 'a ratio is below 0'],
      [7, 'a ratio is not a number'],
    ])
    expect([...lsr.times].filter(Number.isNaN)).toHaveLength(3)
  })

  it('of another symbol, off the grid or of another day are told', async () => {
    const good = labels(OLD + STEP, 20).map((ts) => line(ts))
    const bad = [
      line(OLD + STEP * 30, { 1: 'ETHUSDT' }),
      line(OLD + STEP * 31 + 1_000),
      line(OLD + 2 * DAY),
      line(OLD, { 0: '2026-05-32 00:00:00' }),
    ]
    const { oi, lsr } = await judge(OLD, [...bad, ...good])
    expect(oi.rejected.map(({ reason }) => reason)).toEqual([
      'is not of BTCUSDT',
      'create_time is not on five minutes',
      'is not of the time that the file is of',
      'its time is not one',
    ])
    expect(lsr.rejected).toEqual(oi.rejected)
  })
})
