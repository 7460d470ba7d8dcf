import { expect, it } from 'vitest'
import { SpendingLog } from '../../src/lib/rate/spending-log.ts'

it('tells answers that arrive at about the same time as one, at the time of the last', () => {
  const log = new SpendingLog(60_000)
  log.add(2, 1_000, { used: 10, at: 1_000 })
  log.add(3, 1_049, { used: 13, at: 1_049 })
  log.add(1, 1_050)
  expect(log.read()).toEqual({
    spent: [
      { entry: 1, weight: 5, at: 1_049 },
      { entry: 2, weight: 1, at: 1_050 },
    ],
    report: { used: 13, at: 1_049 },
  })
})

it('leaves what is on its way as it is, and tells it again until it has been heard', () => {
  const log = new SpendingLog(60_000)
  log.add(2, 1_000)
  const first = log.read()
  log.add(3, 1_001)
  expect(log.hasNews).toBe(true)
  const both = [
    { entry: 1, weight: 2, at: 1_000 },
    { entry: 2, weight: 3, at: 1_001 },
  ]
  expect(log.read().spent).toEqual(both)
  log.confirm(first)
  expect(log.read().spent).toEqual(both.slice(1))
  expect(log.hasNews).toBe(false)
})

it('knows whether the figure of the venue has been heard', () => {
  const log = new SpendingLog(60_000)
  expect(log.hasUntoldReport).toBe(false)
  log.add(1, 1_000, { used: 7, at: 1_000 })
  const told = log.read()
  log.add(1, 2_000)
  expect(log.hasUntoldReport).toBe(true)
  log.confirm(told)
  expect(log.hasUntoldReport).toBe(false)
  log.add(1, 3_000, { used: 9, at: 3_000 })
  expect(log.hasUntoldReport).toBe(true)
})

it('keeps what still counts, and not everything of the hours in which nobody listens', () => {
  const log = new SpendingLog(60_000)
  const count = 200_000
  for (let at = 1; at <= count; at += 1) {
    log.add(1, at * 100)
    log.read()
  }
  const { spent } = log.read()
  expect(spent.length).toBeLessThan(3_000)
  expect(spent.filter(({ at }) => at > count * 100 - 60_000)).toHaveLength(600)
})
