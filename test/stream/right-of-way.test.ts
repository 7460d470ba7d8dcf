import { describe, expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import { RebuildWatch } from '../../src/lib/stream/rebuild-watch.ts'
import { RightOfWay } from '../../src/lib/stream/right-of-way.ts'
import { ManualClock } from '../unit/feed-server.ts'

function open(signal = new AbortController().signal) {
  const clock = new ManualClock()
  const state = { isLiveWaiting: true, isOver: false }
  const way = new RightOfWay({ isLiveWaiting: () => state.isLiveWaiting, clock, signal })
  const ask = (): void => void way.turn().then(() => (state.isOver = true))
  return { clock, state, ask }
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('work on stored rows', () => {
  it('goes on at once where no live row waits', async () => {
    const { state, ask } = open()
    state.isLiveWaiting = false
    ask()
    await settle()
    expect(state.isOver).toBe(true)
  })

  it('waits while live rows do', async () => {
    const { clock, state, ask } = open()
    ask()
    await clock.advance(5_000)
    expect(state.isOver).toBe(false)
    state.isLiveWaiting = false
    await clock.advance(25)
    expect(state.isOver).toBe(true)
  })

  it('is not kept away for ever', async () => {
    const { clock, state, ask } = open()
    ask()
    await clock.advance(9_975)
    expect(state.isOver).toBe(false)
    await clock.advance(25)
    expect(state.isOver).toBe(true)
  })

  it('ends its wait with the stream', async () => {
    const end = new AbortController()
    const { state, ask } = open(end.signal)
    ask()
    await settle()
    end.abort()
    await settle()
    expect(state.isOver).toBe(true)
  })
})

describe('what is made of long history', () => {
  function openWatch() {
    const clock = new ManualClock()
    const events = new RunEventBus()
    const notes: string[] = []
    events.on('note', ({ message }) => notes.push(message))
    return { clock, notes, watch: new RebuildWatch(events, clock) }
  }

  it('is told of with its progress, every half minute, and when it is over', async () => {
    const { clock, notes, watch } = openWatch()
    watch.note('BTCUSDT', 2_000, 100_000)
    watch.note('ETHUSDT', 2_000, 20_000)
    await clock.advance(30_000)
    watch.note('BTCUSDT', 44_000, 100_000)
    watch.end()
    watch.end()
    expect(notes).toEqual([
      'making the RSI of 100,000 minutes of BTCUSDT: 2 %; live rows go first',
      'making the RSI of 100,000 minutes of BTCUSDT: 44 %; live rows go first',
      'the RSI of long history is made: 2 symbols, 46,000 minutes',
    ])
  })

  it('is not told of where it is a matter of minutes', () => {
    const { notes, watch } = openWatch()
    watch.note('BTCUSDT', 60, 120)
    watch.end()
    expect(notes).toEqual([])
  })
})
