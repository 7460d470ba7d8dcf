import { describe, expect, it } from 'vitest'
import { RunEventBus } from '../../src/lib/events.ts'
import { HOUR, MINUTE } from '../../src/lib/model/window.ts'
import type { JobSymbol } from '../../src/lib/pipeline/job.ts'
import { LiveSymbols } from '../../src/lib/stream/live-symbols.ts'
import { type Changes, Universe } from '../../src/lib/stream/universe.ts'

const START = Date.UTC(2026, 1, 1)
const LISTING = { instruments: [], odd: [], limits: {} }
const NOTHING: Changes = { added: [], removed: [] }

const job = (symbol: string, since?: number): JobSymbol => ({
  symbol,
  isLive: true,
  listedSince: null,
  ...(since === undefined ? {} : { since }),
})
const gone = (symbol: string, endedAt?: number) => ({ symbol, endedAt })

function createUniverse(names: readonly string[]) {
  const symbols = new LiveSymbols()
  for (const name of names) symbols.add(job(name), START)
  const state = { now: START + HOUR, changes: NOTHING, asked: [] as (readonly string[])[] }
  const log: unknown[] = []
  const events = new RunEventBus()
  events.on('note', ({ message }) => log.push(message))
  const universe = new Universe({
    symbols,
    events,
    venueNow: () => state.now,
    findChanges: async (_, current) => {
      state.asked.push(current)
      return state.changes
    },
    release: async (released) => void log.push(['released', ...released]),
    onChange: (streamed, added) =>
      log.push(['streamed', ...streamed], ['new', ...added.map((one) => one.symbol)]),
  })
  const adopt = (changes: Changes): Promise<void> => {
    state.changes = changes
    return universe.adopt(LISTING)
  }
  return { symbols, state, log, adopt }
}

describe('the symbols of a stream', () => {
  it('stay as they are where the list says nothing new', async () => {
    const { adopt, log, state } = createUniverse(['AUSDT', 'BUSDT'])
    await adopt(NOTHING)
    expect(log).toEqual([])
    expect(state.asked).toEqual([['AUSDT', 'BUSDT']])
  })

  it('are joined by what was listed, from its first minute on', async () => {
    const { adopt, log, symbols } = createUniverse(['AUSDT'])
    await adopt({ added: [job('NEWUSDT', START + 55 * MINUTE)], removed: [] })
    expect(symbols.find('NEWUSDT')?.book.doneUntil).toBe(START + 55 * MINUTE)
    expect(log).toEqual([
      ['released'],
      'traded from now on: NEWUSDT',
      ['streamed', 'AUSDT', 'NEWUSDT'],
      ['new', 'NEWUSDT'],
    ])
  })

  it('are left by what was delisted; its last minutes are still looked after, and nobody expects later ones', async () => {
    const { adopt, log, symbols, state } = createUniverse(['AUSDT', 'BUSDT'])
    await adopt({ added: [], removed: [gone('BUSDT', START + 50 * MINUTE)] })
    expect(log).toEqual([['released', 'BUSDT'], 'not traded any more: BUSDT', ['streamed', 'AUSDT'], ['new']])
    expect(symbols.find('BUSDT')?.book.missing(state.now)).toEqual([{ from: START, to: START + 50 * MINUTE }])
    state.now += 2 * HOUR
    await adopt(NOTHING)
    expect(symbols.names).toEqual(['AUSDT'])
  })

  it('that end within a minute are looked after to the end of it', async () => {
    const { adopt, symbols, state } = createUniverse(['AUSDT', 'BUSDT'])
    await adopt({ added: [], removed: [gone('BUSDT', START + 50 * MINUTE + 20_000)] })
    expect(symbols.find('BUSDT')?.book.missing(state.now)).toEqual([{ from: START, to: START + 51 * MINUTE }])
    expect(symbols.followed(START + 50 * MINUTE)).toEqual(['AUSDT', 'BUSDT'])
    expect(symbols.followed(START + 51 * MINUTE)).toEqual(['AUSDT'])
  })

  it('that join are followed from the minute on that is theirs as a whole', async () => {
    const { adopt, symbols, state } = createUniverse(['AUSDT'])
    state.now = START + HOUR + 20_000
    await adopt({ added: [job('NEWUSDT', START + 55 * MINUTE)], removed: [] })
    expect(symbols.followed(START + HOUR)).toEqual(['AUSDT'])
    expect(symbols.followed(START + HOUR + MINUTE)).toEqual(['AUSDT', 'NEWUSDT'])
  })

  it('that come back go on where they were', async () => {
    const { adopt, symbols, state } = createUniverse(['AUSDT', 'BUSDT'])
    await adopt({ added: [], removed: [gone('BUSDT')] })
    state.now += 10 * MINUTE
    await adopt({ added: [job('BUSDT')], removed: [] })
    expect(symbols.find('BUSDT')?.book.missing(state.now)).toEqual([{ from: START, to: state.now }])
  })

  it('are not given up in large numbers until a second list says the same', async () => {
    const names = ['AUSDT', 'BUSDT', 'CUSDT', 'DUSDT', 'EUSDT']
    const { adopt, log } = createUniverse(names)
    const removed = names.slice(0, 4).map((name) => gone(name))
    await adopt({ added: [], removed })
    expect(log).toEqual([])
    await adopt({ added: [], removed })
    expect(log).toContainEqual(['streamed', 'EUSDT'])
  })
})
