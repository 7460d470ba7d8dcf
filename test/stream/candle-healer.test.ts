import { describe, expect, it } from 'vitest'
import { VenueUnavailableError } from '../../src/lib/errors.ts'
import { MINUTE, SECOND } from '../../src/lib/model/window.ts'
import { CandleHealer } from '../../src/lib/stream/candle-healer.ts'
import type { StreamWriter } from '../../src/lib/stream/stream-writer.ts'
import { createHealWorld, START } from './heal-world.ts'

const at = (minute: number): number => START + minute * MINUTE

function createHealer(names: readonly string[] = ['BTCUSDT']) {
  const world = createHealWorld()
  for (const symbol of names) world.symbols.add({ symbol, isLive: true, listedSince: null }, START)
  const writer = { isDirect: true, flush: async () => {} }
  const healed: unknown[] = []
  const silent: string[] = []
  const healer = new CandleHealer({
    context: world.context,
    symbols: world.symbols,
    writer: writer as unknown as StreamWriter,
    onHealed: (symbols, window) => healed.push([symbols, window]),
    onSilent: (symbols) => silent.push(...symbols),
  })
  const book = (symbol = 'BTCUSDT') => {
    const found = world.symbols.find(symbol)?.book
    if (!found) throw new Error(`${symbol} is not streamed`)
    return found
  }
  /** Stored by whoever. */
  const keep = async (minutes: readonly number[]): Promise<void> => {
    const { store } = world
    const rows = store.encode(
      'BTCUSDT',
      'ohlcv',
      minutes.map((minute) => ({ ts: at(minute) })),
    )
    const covered = minutes.map((minute) => ({ from: at(minute), to: at(minute + 1) }))
    await store.write([{ symbol: 'BTCUSDT', dataset: 'ohlcv', rows, covered, absent: [], isFresh: true }])
  }
  const pass = async (local: number): Promise<void> => {
    world.state.local += local
    await healer.look()
  }
  return { ...world, healer, writer, healed, silent, book, keep, pass }
}

describe('a minute that is over and did not come', () => {
  it('is fetched after three seconds, exactly it, and is not asked for again', async () => {
    const { state, book, pass, keep, asked, minutesOf, healed, healer } = createHealer()
    state.now = at(4) + SECOND
    for (const minute of [0, 1, 3]) {
      book().receive(at(minute))
      await keep([minute])
    }
    await pass(0)
    await pass(2 * SECOND)
    expect(asked).toEqual([])
    expect(healer.missingMinutes).toBe(0)
    state.local += SECOND
    expect(healer.missingMinutes).toBe(1)
    await pass(0)
    expect(minutesOf('BTCUSDT')).toEqual([0, 1, 2, 3])
    expect(book().doneUntil).toBe(at(4))
    expect(asked.map(({ query }) => [query.startTime, query.endTime])).toEqual([[at(2), at(3) - 1]])
    expect(healed).toEqual([[['BTCUSDT'], { from: at(2), to: at(4) }]])
    await pass(10 * SECOND)
    expect(asked).toHaveLength(1)
  })

  it('is left alone where it comes in time', async () => {
    const { state, book, pass, asked } = createHealer()
    state.now = at(1) + SECOND
    await pass(0)
    book().receive(at(0))
    await pass(10 * SECOND)
    expect(asked).toEqual([])
  })

  it('is no gap while what came waits on the disk', async () => {
    const { state, writer, pass, asked } = createHealer()
    state.now = at(2)
    writer.isDirect = false
    await pass(0)
    await pass(5 * SECOND)
    expect(asked).toEqual([])
    writer.isDirect = true
    await pass(SECOND)
    expect(asked).not.toEqual([])
  })

  it('is taken from the table where somebody else has stored it by then', async () => {
    const { state, keep, pass, asked, book } = createHealer()
    state.now = at(2)
    await keep([0, 1])
    await pass(0)
    await pass(4 * SECOND)
    expect(asked).toEqual([])
    expect(book().doneUntil).toBe(at(2))
  })

  it('that the venue does not have yet is asked for again after growing pauses, and told once', async () => {
    const { state, pass, asked, failures, book } = createHealer()
    state.now = at(2)
    for (const hole of [0, 1]) state.holes.add(hole)
    const tried: number[] = []
    await pass(0)
    for (let second = 1; second <= 60; second += 1) {
      const before = asked.length
      await pass(SECOND)
      if (asked.length > before) tried.push(second)
    }
    expect(tried).toEqual([3, 8, 18, 38])
    expect(failures.filter(({ type }) => type === 'gap')).toHaveLength(1)
    state.holes.clear()
    for (let second = 0; second < 60; second += 1) await pass(SECOND)
    expect(book().doneUntil).toBe(at(2))
  })

  it('of one symbol does not hold up those of another', async () => {
    const { state, pass, book, minutesOf } = createHealer(['AUSDT', 'BUSDT'])
    state.now = at(1)
    book('AUSDT').receive(at(0))
    await pass(0)
    await pass(3 * SECOND)
    expect(minutesOf('BUSDT')).toEqual([0])
    expect(minutesOf('AUSDT')).toEqual([])
  })

  it('is still wanted after the venue was away', async () => {
    const { state, pass, minutesOf } = createHealer()
    state.now = at(1)
    state.isDown = new VenueUnavailableError('cannot reach the venue')
    await pass(0)
    await expect(pass(3 * SECOND)).rejects.toThrow('cannot reach')
    state.isDown = undefined
    await pass(SECOND)
    expect(minutesOf('BTCUSDT')).toEqual([0])
  })
})
