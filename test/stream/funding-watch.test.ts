import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/lib/model/window.ts'
import { FundingWatch } from '../../src/lib/stream/funding-watch.ts'
import { createHealWorld, START } from './heal-world.ts'

const EIGHT = START + 30 * MINUTE

function createWatch() {
  const world = createHealWorld()
  world.symbols.add({ symbol: 'BTCUSDT', isLive: true, listedSince: null }, START)
  const watch = new FundingWatch(world.context, world.symbols)
  const pass = async (ms: number): Promise<void> => {
    world.state.now += ms
    world.state.local += ms
    await watch.look()
  }
  return { ...world, watch, pass }
}

describe('funding', () => {
  it('is fetched when it was settled, as the feed has announced it, and asked for until it is out', async () => {
    const { watch, state, pass, asked, minutesOf } = createWatch()
    watch.observe('BTCUSDT', EIGHT)
    await pass(29 * MINUTE)
    const before = asked.length
    await pass(2 * MINUTE + 10 * SECOND)
    expect(asked.length).toBe(before + 1)
    expect(minutesOf('BTCUSDT', 'funding')).toEqual([])
    state.settlements.push(EIGHT + 5)
    await pass(20 * SECOND)
    expect(minutesOf('BTCUSDT', 'funding')).toEqual([30])
    const after = asked.length
    for (let turn = 0; turn < 10; turn += 1) await pass(20 * SECOND)
    expect(asked.length).toBe(after)
  })

  it('is fetched where the feed already tells the next settlement', async () => {
    const { watch, state, pass, asked, minutesOf } = createWatch()
    watch.observe('BTCUSDT', EIGHT)
    state.settlements.push(EIGHT)
    state.now = EIGHT + SECOND
    watch.observe('BTCUSDT', EIGHT + 8 * HOUR)
    await pass(10 * SECOND)
    expect(asked).toEqual([])
    await pass(MINUTE)
    expect(minutesOf('BTCUSDT', 'funding')).toEqual([30])
  })

  it('of just before the start is fetched although nobody has announced it', async () => {
    const { state, context, symbols, asked, minutesOf } = createHealWorld()
    state.now = EIGHT + 8 * SECOND
    symbols.add({ symbol: 'BTCUSDT', isLive: true, listedSince: null }, EIGHT)
    const watch = new FundingWatch(context, symbols)
    watch.observe('BTCUSDT', EIGHT + 8 * HOUR)
    await watch.look()
    expect(asked).toEqual([])
    state.settlements.push(EIGHT)
    state.now += 11 * MINUTE
    await watch.look()
    expect(minutesOf('BTCUSDT', 'funding')).toEqual([30])
  })
})
