import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PayloadError, RequestFailedError } from '../../src/lib/errors.ts'
import type { Window } from '../../src/lib/model/window.ts'
import { Batcher } from '../../src/lib/pipeline/batcher.ts'
import { createFakeClient } from './fakes.ts'

/** Longer than a question waits for others. */
const LATER = 1_000
const [MORNING, EVENING]: [Window, Window] = [
  { from: 0, to: 60_000 },
  { from: 60_000, to: 120_000 },
]

type Payload = Readonly<Record<string, number>>

/** The batch itself tells for each symbol how many rows it has: the length of its name. */
const countRows = ({ query }: { readonly query: Readonly<Record<string, string | number>> }): Payload =>
  Object.fromEntries(
    String(query.symbols)
      .split(',')
      .map((name) => [name, name.length]),
  )

function createDesk(most: number, answer: (request: Parameters<typeof countRows>[0]) => unknown = countRows) {
  const { client, asked } = createFakeClient(answer)
  const batcher = new Batcher()
  const batch = {
    most,
    request: (symbols: readonly string[], { from, to }: Window) => ({
      baseUrl: 'http://127.0.0.1:1',
      path: '/rows',
      query: { symbols: symbols.join(','), from, to },
      costs: { calls: symbols.length },
    }),
  }
  const { signal } = new AbortController()
  const ask = (symbol: string, view = MORNING) => {
    const parse = (payload: unknown) => {
      const count = (payload as Payload)[symbol]
      if (count === undefined) throw new PayloadError('/rows', 'no such symbol', payload)
      return { rows: [], rejected: [], count }
    }
    return batcher.fetch({ symbol, view, parse }, batch, client, { keepsDigits: true, signal })
  }
  /** `symbols from`, in the order in which they went out. */
  const sent = (): string[] => asked.map(({ query }) => `${query.symbols} ${query.from}`)
  return { ask, sent }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('questions for several symbols at once', () => {
  it('of the same window go out in one request, and each gets its own answer', async () => {
    const { ask, sent } = createDesk(20)
    const asked = ['A', 'BB', 'CCC'].map((symbol) => ask(symbol))
    await vi.advanceTimersByTimeAsync(1)
    expect(sent()).toEqual([])
    await vi.advanceTimersByTimeAsync(LATER)
    expect(sent()).toEqual(['A,BB,CCC 0'])
    expect((await Promise.all(asked)).map(({ value }) => value.count)).toEqual([1, 2, 3])
  })

  it('are never more than the interface takes, and a full request does not wait', async () => {
    const { ask, sent } = createDesk(2)
    const asked = ['A', 'B', 'C', 'D', 'E'].map((symbol) => ask(symbol))
    await vi.advanceTimersByTimeAsync(0)
    expect(sent()).toEqual(['A,B 0', 'C,D 0'])
    await vi.advanceTimersByTimeAsync(LATER)
    expect(sent()).toEqual(['A,B 0', 'C,D 0', 'E 0'])
    await Promise.all(asked)
  })

  it('of other windows go out apart', async () => {
    const { ask, sent } = createDesk(20)
    const asked = [ask('A'), ask('A', EVENING), ask('B'), ask('B', EVENING), ask('C', { from: 0, to: 1 })]
    await vi.advanceTimersByTimeAsync(LATER)
    expect(sent()).toEqual(['A,B 0', 'A,B 60000', 'C 0'])
    await Promise.all(asked)
  })

  it('for a symbol that is in the request already go out apart, and both are answered', async () => {
    const { ask, sent } = createDesk(20)
    const asked = [ask('A'), ask('A'), ask('B')]
    await vi.advanceTimersByTimeAsync(LATER)
    expect(sent()).toEqual(['A 0', 'A,B 0'])
    expect((await Promise.all(asked)).map(({ value }) => value.count)).toEqual([1, 1, 1])
  })

  it('that come when a request is on its way go out with the next', async () => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const { ask, sent } = createDesk(20, (request) => held.then(() => countRows(request)))
    const first = ask('A')
    await vi.advanceTimersByTimeAsync(LATER)
    const second = ask('B')
    await vi.advanceTimersByTimeAsync(LATER)
    expect(sent()).toEqual(['A 0', 'B 0'])
    release()
    await Promise.all([first, second])
  })

  it('tell exactly one of each request as the first', async () => {
    const { ask } = createDesk(2)
    const asked = ['A', 'B', 'C', 'D', 'E'].map((symbol) => ask(symbol))
    await vi.advanceTimersByTimeAsync(LATER)
    expect((await Promise.all(asked)).map(({ isFirst }) => isFirst)).toEqual([true, false, true, false, true])
  })
})

describe('an error', () => {
  const settle = async (asked: readonly Promise<unknown>[]): Promise<unknown[]> => {
    const settled = Promise.allSettled(asked)
    await vi.advanceTimersByTimeAsync(LATER)
    return (await settled).map((end) => (end.status === 'rejected' ? end.reason : 'answered'))
  }

  it('of the request reaches all that are in it and nobody else', async () => {
    const error = new RequestFailedError('the venue is in trouble')
    const { ask, sent } = createDesk(20, (request) => {
      if (request.query.from === 0) throw error
      return countRows(request)
    })
    const ends = await settle([ask('A'), ask('B'), ask('A', EVENING)])
    expect(ends).toEqual([error, error, 'answered'])
    expect(sent()).toHaveLength(2)
  })

  it('in the answer for one symbol is asked for again alone, and fails no other', async () => {
    const { ask, sent } = createDesk(20, () => ({ A: 1 }))
    const [first, second] = await settle([ask('A'), ask('B')])
    expect(first).toBe('answered')
    expect(second).toBeInstanceOf(PayloadError)
    expect(sent()).toEqual(['A,B 0', 'B 0'])
  })

  it('is not kept: the same question is sent again', async () => {
    let isBroken = true
    const { ask, sent } = createDesk(20, (request) => {
      if (isBroken) throw new RequestFailedError('the venue is in trouble')
      return countRows(request)
    })
    await settle([ask('A')])
    isBroken = false
    expect(await settle([ask('A')])).toEqual(['answered'])
    expect(sent()).toEqual(['A 0', 'A 0'])
  })
})
