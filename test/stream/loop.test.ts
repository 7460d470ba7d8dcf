import { describe, expect, it } from 'vitest'
import { VenueUnavailableError } from '../../src/lib/errors.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import { runLoop } from '../../src/lib/stream/loop.ts'

function createLoop() {
  const abort = new AbortController()
  const events = new RunEventBus()
  const notes: string[] = []
  const failures: string[] = []
  events.on('note', ({ message }) => notes.push(message))
  events.on('failure', ({ type, severity }) => failures.push(`${type} ${severity}`))
  const pauses: number[] = []
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => void pauses.push(ms),
  }
  const options = { name: 'repair', everyMs: 250, clock, events, signal: abort.signal }
  return { abort, notes, failures, pauses, options }
}

describe('work that is done again and again', () => {
  it('is tried again after growing pauses where it fails, told once, and goes on', async () => {
    const { abort, notes, failures, pauses, options } = createLoop()
    let turn = 0
    await runLoop(options, async () => {
      turn += 1
      if (turn === 11) abort.abort()
      else if (turn > 1 && turn < 10) throw new VenueUnavailableError('nobody answers')
    })
    expect(pauses).toEqual([250, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 250, 250])
    expect(notes).toEqual(['repair: nobody answers; tried again and again', 'repair: works again'])
    expect(failures).toEqual(Array.from({ length: 8 }, () => 'venue_unavailable warning'))
  })

  it('ends with the signal whatever it fails with then', async () => {
    const { abort, failures, options } = createLoop()
    await runLoop(options, async () => {
      abort.abort()
      throw new Error('cut off')
    })
    expect(failures).toEqual([])
  })

  it('ends with what is wrong with the program', async () => {
    const { options } = createLoop()
    const work = runLoop(options, async () => {
      throw new TypeError('a bug')
    })
    await expect(work).rejects.toThrow('a bug')
  })
})
