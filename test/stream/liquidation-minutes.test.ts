import { describe, expect, it } from 'vitest'
import { MINUTE, SECOND } from '../../src/lib/model/window.ts'
import { LiquidationMinutes } from '../../src/lib/stream/liquidation-minutes.ts'
import { ObservedTime } from '../../src/lib/stream/observed-time.ts'

const START = Date.UTC(2026, 1, 1)
const at = (minute: number): number => START + minute * MINUTE

function createMinutes() {
  const state = { now: START, isDirect: true, isBroken: false, onFlush: () => {} }
  const observed = new ObservedTime(() => state.now)
  observed.begin(1, START - MINUTE)
  const told: unknown[] = []
  const minutes = new LiquidationMinutes({
    sums: {
      async sum(_, seen) {
        if (state.isBroken) throw new Error('the database is away')
        if (seen.length > 0) told.push(seen.map(({ ts, seconds }) => [(ts - START) / MINUTE, seconds]))
      },
      async recover(until) {
        told.push(['recovered', (until - START) / MINUTE])
      },
    },
    observed,
    symbolsOf: () => ['BTCUSDT'],
    venueNow: () => state.now,
    flush: async () => {
      state.onFlush()
      return state.isDirect
    },
    from: START,
  })
  return { minutes, state, told }
}

describe('liquidations per minute', () => {
  it('are summed when a minute is over and its last orders are in, after what a killed stream has left', async () => {
    const { minutes, state, told } = createMinutes()
    state.now = at(1) + 4 * SECOND
    await minutes.sum()
    state.now = at(1) + 6 * SECOND
    await minutes.sum()
    await minutes.sum()
    state.now = at(4)
    await minutes.sum()
    expect(told).toEqual([
      ['recovered', 0],
      [[0, 60]],
      [
        [1, 60],
        [2, 60],
      ],
    ])
  })

  it('are summed again where an order came late, also while they were being summed', async () => {
    const { minutes, state, told } = createMinutes()
    state.now = at(2) + 10 * SECOND
    state.onFlush = () => minutes.note(at(1) + 30 * SECOND)
    await minutes.sum()
    state.onFlush = () => {}
    minutes.note(at(0) + SECOND)
    await minutes.sum()
    expect(told).toEqual([
      ['recovered', 0],
      [
        [0, 60],
        [1, 60],
      ],
      [
        [1, 60],
        [0, 60],
      ],
    ])
  })

  it('wait while rows wait on the disk, and are made after the database was away', async () => {
    const { minutes, state, told } = createMinutes()
    state.now = at(1) + 10 * SECOND
    state.isDirect = false
    await minutes.sum()
    state.isDirect = true
    state.isBroken = true
    await expect(minutes.sum()).rejects.toThrow('away')
    state.isBroken = false
    await minutes.sum()
    expect(told).toEqual([['recovered', 0], [[0, 60]]])
  })

  it('at the end are those of the minute that is not over, with what was seen of it', async () => {
    const { minutes, state, told } = createMinutes()
    state.now = at(0) + 31_500
    await minutes.sum(true)
    expect(told).toEqual([['recovered', 0], [[0, 30]]])
  })
})
