import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CreditLine } from '../../src/lib/rate/credit-line.ts'
import type { BudgetAnswer, BudgetAsk } from '../../src/lib/rate/shared-budget.ts'
import { SharedLedger } from '../../src/lib/rate/shared-ledger.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { type Budget, tellsUsed } from '../../src/lib/venue/budget.ts'

const COUNTED: Budget = { pool: 'count', limit: 160, windowMs: 60_000 }
const TOLD: Budget = { ...COUNTED, readUsed: tellsUsed('x-used') }
const never = Number.POSITIVE_INFINITY

interface Scene {
  readonly ledger: SharedLedger
  readonly asks: readonly BudgetAsk[]
  readonly changes: () => number
  /** How the broker answers from now on; a promise that never settles is a broker that is silent. */
  answer: (ask: BudgetAsk) => Promise<BudgetAnswer>
  readonly now: () => number
  readonly waitFor: (weight: number) => number
  /** A request from its leaving to its answer, all at once. */
  readonly request: (weight: number, reported?: number) => void
}

const grant = async ({ credit, want }: BudgetAsk): Promise<BudgetAnswer> => ({
  credit: credit + want,
  waitMs: never,
  holders: 1,
  fallback: 20,
})
const refuse = async ({ credit }: BudgetAsk): Promise<BudgetAnswer> => ({
  credit,
  waitMs: 30_000,
  holders: 3,
  fallback: 20,
})
const beSilent = (): Promise<BudgetAnswer> => Promise.withResolvers<BudgetAnswer>().promise
const fail = async (): Promise<BudgetAnswer> => {
  throw new Error('away')
}

function openScene(budget: Budget = COUNTED): Scene {
  const asks: BudgetAsk[] = []
  let changes = 0
  const broker = {
    ask: async (ask: BudgetAsk): Promise<BudgetAnswer> => {
      asks.push(ask)
      return await scene.answer(ask)
    },
  }
  const key = { host: 'venue.test', pool: budget.pool, payer: 'direct@here' }
  const onChange = (): void => {
    changes += 1
  }
  const fixed = {
    key,
    broker,
    clock: systemClock,
    windowMs: budget.windowMs,
    requestTimeoutMs: 15_000,
    onChange,
  }
  const ledger = new SharedLedger(budget, (limit) => new CreditLine({ ...fixed, limit }))
  const { now } = systemClock
  const scene: Scene = {
    ledger,
    asks,
    changes: () => changes,
    answer: grant,
    now,
    waitFor: (weight) => ledger.waitFor(weight, now()),
    request: (weight, reported) => {
      ledger.spend(weight)
      ledger.settle(weight, now(), reported ?? null)
    },
  }
  return scene
}

const pass = async (ms: number): Promise<void> => void (await vi.advanceTimersByTimeAsync(ms))

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('a shared ledger', () => {
  it('asks for a part of the limit when something is needed, and tells when it is there', async () => {
    const { asks, changes, waitFor, ledger } = openScene()
    expect(waitFor(2)).toBe(never)
    expect(asks).toMatchObject([{ need: 2, want: 10, credit: 0, inFlight: 0, limit: 160, spent: [] }])
    await pass(1)
    expect(changes()).toBe(1)
    expect([waitFor(2), waitFor(10)]).toEqual([0, 0])
    ledger.spend(2)
    expect(asks).toHaveLength(1)
  })

  it('asks for what is to be left over too where it can wait, and gives it back at once', async () => {
    const { asks, ledger, now } = openScene()
    const waitFor = (weight: number): number => ledger.waitFor(weight, now(), true)
    waitFor(2)
    expect(asks).toMatchObject([{ need: 3, want: 11, credit: 0 }])
    await pass(1)
    expect([waitFor(10), waitFor(11)]).toEqual([0, never])
    ledger.spend(10)
    await pass(1)
    expect(asks.slice(1)).toMatchObject([{ credit: 10, need: 2, want: 2 }])
    // As the broker would have it, ten are spent and one is there; nothing is.
    expect(ledger.used(now())).toBe(10)
  })

  it('asks by itself, and for no more, for what cannot wait', async () => {
    const scene = openScene()
    const { asks, ledger, now, waitFor } = scene
    scene.answer = refuse
    ledger.waitFor(5, now(), true)
    await pass(1)
    ledger.waitFor(5, now(), true)
    expect(waitFor(2)).toBe(29_999)
    scene.answer = grant
    await pass(500)
    expect(asks.slice(1)).toMatchObject([{ need: 2, want: 2, credit: 0 }])
    expect(waitFor(2)).toBe(0)
  })

  it('asks for more before it runs out, for one who spends much', async () => {
    const { asks, waitFor, ledger } = openScene()
    waitFor(2)
    await pass(1)
    for (let weight = 0; weight < 6; weight += 2) ledger.spend(2)
    expect(asks[1]).toMatchObject({ need: 0, want: 6, credit: 4, inFlight: 6 })
    ledger.spend(2)
    await pass(1)
    // What was spent while the answer was under way is no credit any more.
    expect([waitFor(8), waitFor(9)]).toEqual([0, never])
  })

  it('says how long it will take where the broker knows, and asks again twice a second', async () => {
    const scene = openScene()
    scene.answer = refuse
    scene.waitFor(2)
    await pass(1)
    // As the pool does at each change: only that keeps the need alive.
    expect(scene.waitFor(2)).toBe(29_999)
    await pass(498)
    expect(scene.asks).toHaveLength(1)
    scene.answer = grant
    await pass(2)
    expect(scene.asks).toHaveLength(2)
    expect(scene.waitFor(2)).toBe(0)
  })

  it('tells what was spent, again until it was heard, and each second that it is there', async () => {
    const scene = openScene()
    scene.waitFor(2)
    await pass(1)
    scene.request(2)
    const at = scene.now()
    scene.answer = fail
    await pass(1_000)
    scene.answer = grant
    await pass(3_000)
    const told = scene.asks.slice(1).map(({ spent }) => spent)
    const own = [{ entry: 1, weight: 2, at }]
    expect(told.slice(0, 3)).toEqual([own, own, []])
  })

  it('gives back within a second or two what lies unused, and what comes after its end at once', async () => {
    const scene = openScene()
    scene.waitFor(2)
    await pass(1)
    scene.ledger.spend(2)
    await pass(1_500)
    expect(scene.asks.at(-1)).toMatchObject({ credit: 0, inFlight: 2, want: 0 })
    await scene.ledger.close()
    expect(scene.asks.at(-1)).toMatchObject({ isLast: true, credit: 0, inFlight: 0, spent: [{ weight: 2 }] })
    const count = scene.asks.length
    await pass(60_000)
    expect(scene.asks).toHaveLength(count)
  })

  it('falls silent once nothing of it counts any more', async () => {
    const scene = openScene()
    scene.waitFor(2)
    await pass(1)
    scene.request(2)
    await pass(130_000)
    const count = scene.asks.length
    await pass(600_000)
    expect(scene.asks).toHaveLength(count)
  })

  it('lets nothing go that the venue has counted until the broker has heard of it', async () => {
    const scene = openScene(TOLD)
    scene.waitFor(2)
    await pass(50)
    scene.request(2, 158)
    scene.answer = beSilent
    expect(scene.waitFor(8)).toBeGreaterThan(0)
    expect(scene.asks[1]).toMatchObject({ report: { used: 158 } })
  })

  it('takes less where the broker takes something back', async () => {
    const scene = openScene()
    scene.waitFor(2)
    await pass(1)
    scene.ledger.spend(2)
    scene.answer = async () => ({ credit: 1, waitMs: never, holders: 1, fallback: 3 })
    scene.waitFor(9)
    await pass(600)
    expect([scene.waitFor(1), scene.waitFor(2)]).toEqual([0, never])
  })
})

describe('a shared ledger whose broker is silent', () => {
  it('goes on after half a second: for one window with what it had, then with its share', async () => {
    const scene = openScene()
    scene.answer = async (ask) => ({ ...(await grant(ask)), holders: 4, fallback: 12 })
    scene.waitFor(2)
    await pass(1)
    scene.answer = beSilent
    scene.request(10)
    expect(scene.waitFor(2)).toBe(never)
    await pass(499)
    expect(scene.waitFor(2)).toBe(never)
    await pass(1)
    expect(scene.waitFor(2)).toBe(0)
    scene.request(2)
    expect(scene.waitFor(1)).toBeCloseTo(60_000 - 500, -1)
    await pass(61_501)
    // A quarter of 160, as there were four.
    scene.request(38)
    expect(scene.waitFor(2)).toBe(0)
    scene.request(2)
    expect(scene.waitFor(1)).toBeGreaterThan(50_000)
  })

  it('returns to it with the first answer, however late', async () => {
    const scene = openScene()
    const late = Promise.withResolvers<BudgetAnswer>()
    scene.answer = () => late.promise
    scene.waitFor(2)
    await pass(3_000)
    late.resolve({ credit: 10, waitMs: never, holders: 1, fallback: 10 })
    await pass(1)
    expect([scene.waitFor(10), scene.waitFor(11)]).toEqual([0, never])
  })

  it('asks again each second', async () => {
    const scene = openScene()
    scene.answer = fail
    scene.waitFor(2)
    await pass(5_500)
    expect(scene.asks).toHaveLength(6)
  })

  it.each([
    { name: 'nothing tells what is used', budget: COUNTED },
    { name: 'the venue itself tells what is used', budget: TOLD },
  ])(
    'that has never answered is waited for five seconds, then taken for two, where $name',
    async ({ budget }) => {
      const scene = openScene(budget)
      scene.answer = fail
      scene.waitFor(2)
      await pass(1)
      expect(scene.waitFor(2)).toBeCloseTo(4_999, -1)
      await pass(5_000)
      expect(scene.waitFor(2)).toBe(0)
      scene.request(80, budget.readUsed === undefined ? undefined : 80)
      expect(scene.waitFor(1)).toBe(60_000)
    },
  )

  it('does not hold up the end for more than a second', async () => {
    const scene = openScene()
    scene.waitFor(2)
    await pass(1)
    scene.answer = beSilent
    const closing = scene.ledger.close()
    await pass(1_000)
    await expect(closing).resolves.toBeUndefined()
  })
})
