import { describe, expect, it } from 'vitest'
import { decideFlowLabel, type FlowPoint } from '../../../src/lib/derive/math/flow-label.ts'
import { MINUTE } from '../../../src/lib/model/window.ts'
import { hasRecorded, recordedCandles } from '../../helpers/recorded.ts'

const START = Date.UTC(2026, 1, 1)
const FIVE = 5 * MINUTE

/** Volumes by minute: `levels[n]` in each of the five minutes from the n-th label on. */
const steps = (levels: readonly (string | undefined)[]) => (ts: number) =>
  levels[Math.floor((ts - START) / FIVE)]

const pointsAt = (from: number, totals: readonly string[]): FlowPoint[] =>
  totals.map((total, at) => ({ ts: START + (from + at) * FIVE, total }))

const LEVELS = ['1', '2', '3', '2', '1', '4', '0', '0.001', '5', '2', '7']
/** Sums of the five minutes of each level. */
const SUMS = ['5', '10', '15', '10', '5', '20', '0', '0.005', '25', '10', '35']

describe('the label of a flow', () => {
  it('is the start', () => {
    expect(decideFlowLabel(pointsAt(0, SUMS), steps(LEVELS))).toEqual({
      label: 'start',
      informative: 10,
      fitsStart: 10,
      fitsEnd: 0,
    })
  })

  it('is the end', () => {
    expect(decideFlowLabel(pointsAt(1, SUMS), steps(LEVELS))).toEqual({
      label: 'end',
      informative: 10,
      fitsStart: 0,
      fitsEnd: 10,
    })
  })

  it('is unknown in a flat market, which fits either', () => {
    const flat = decideFlowLabel(pointsAt(0, Array(20).fill('10')), () => '2')
    expect(flat).toEqual({ label: 'unknown', informative: 0, fitsStart: 0, fitsEnd: 0 })
  })

  it('takes sums within the tolerance for flat', () => {
    const levels = Array.from({ length: 21 }, (_, at) => (at % 2 ? '2.001' : '2'))
    expect(decideFlowLabel(pointsAt(1, Array(20).fill('10')), steps(levels)).informative).toBe(0)
  })

  it('is unknown where nothing moves at all', () => {
    const dead = decideFlowLabel(pointsAt(0, Array(9).fill('0')), () => '0')
    expect(dead).toEqual({ label: 'unknown', informative: 0, fitsStart: 0, fitsEnd: 0 })
  })

  it('takes a flow for the sum that it is twice as near to, and for neither in between', () => {
    // The sums are 500 before and 1000 after.
    const tell = (total: string) => {
      const { fitsStart, fitsEnd } = decideFlowLabel(pointsAt(1, [total]), steps(['100', '200']))
      return [fitsStart, fitsEnd]
    }
    expect(['1000', '940', '834', '833', '667', '666', '500', '1200'].map(tell)).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 1],
      [1, 0],
    ])
  })

  it.each([
    ['too few points', 2, 'unknown'],
    ['enough', 3, 'start'],
  ])('needs more than two points: %s', (_, informative, label) => {
    const points = pointsAt(1, SUMS.slice(1, 1 + informative))
    expect(decideFlowLabel(points, steps(LEVELS))).toEqual({
      label,
      informative,
      fitsStart: informative,
      fitsEnd: 0,
    })
  })

  it.each([
    [8, 'start'],
    [7, 'unknown'],
  ])('needs 80 %%: %d of 10', (fitting, label) => {
    const totals = SUMS.map((sum, at) => (at <= fitting ? sum : '999'))
    expect(decideFlowLabel(pointsAt(0, totals), steps(LEVELS))).toEqual({
      label,
      informative: 10,
      fitsStart: fitting,
      fitsEnd: 0,
    })
  })

  it('is unknown where some say one and some the other', () => {
    const points = [...pointsAt(1, SUMS.slice(1, 6)), ...pointsAt(6, SUMS.slice(5, 10))]
    expect(decideFlowLabel(points, steps(LEVELS))).toEqual({
      label: 'unknown',
      informative: 10,
      fitsStart: 5,
      fitsEnd: 5,
    })
  })

  it('is unknown where the flows lie between', () => {
    const levels = Array.from({ length: 11 }, (_, at) => (at % 2 ? '2.003' : '2'))
    expect(decideFlowLabel(pointsAt(1, Array(10).fill('10.0075')), steps(levels))).toEqual({
      label: 'unknown',
      informative: 10,
      fitsStart: 0,
      fitsEnd: 0,
    })
  })

  it('asks only points whose ten candles are all known', () => {
    const levels = LEVELS.map((level, at) => (at === 5 ? undefined : level))
    expect(decideFlowLabel(pointsAt(0, SUMS), steps(levels))).toEqual({
      label: 'start',
      informative: 8,
      fitsStart: 8,
      fitsEnd: 0,
    })
  })

  it('counts a zero flow between candles that are not', () => {
    const levels = ['0', '1', '0', '1', '0', '1']
    expect(decideFlowLabel(pointsAt(1, ['0', '5', '0', '5', '0']), steps(levels))).toEqual({
      label: 'end',
      informative: 5,
      fitsStart: 0,
      fitsEnd: 5,
    })
  })

  it.skipIf(!hasRecorded).each([
    ['start', 0],
    ['end', FIVE],
  ])('is told by a recorded month: %s', (label, shift) => {
    const rows = recordedCandles('LINKUSDT').map((line) => line.split(','))
    const volumes = new Map(rows.map((row) => [Number(row[1]), row[6] ?? '']))
    const points = rows.flatMap((row, at) => {
      if (at % 5) return []
      const total = rows.slice(at, at + 5).reduce((sum, each) => sum + Number(each[6]), 0)
      return [{ ts: Number(row[1]) + shift, total: total.toFixed(3) }]
    })
    const found = decideFlowLabel(points, (ts) => volumes.get(ts))
    expect(found.label).toBe(label)
    expect(found.informative).toBeGreaterThan(7_900)
    expect(label === 'start' ? found.fitsStart : found.fitsEnd).toBe(found.informative)
  })
})
