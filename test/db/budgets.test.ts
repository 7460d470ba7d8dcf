import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { PostgresBudgets } from '../../src/db/budgets.ts'
import { DatabaseError } from '../../src/lib/errors.ts'
import { CreditLine } from '../../src/lib/rate/credit-line.ts'
import type { BudgetAnswer, BudgetAsk, BudgetKey } from '../../src/lib/rate/shared-budget.ts'
import { SharedLedger } from '../../src/lib/rate/shared-ledger.ts'
import { systemClock } from '../../src/lib/time/clock.ts'
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts'
import { type Arrival, heaviestWindow, Spender } from '../helpers/spender.ts'
import { Wire } from '../helpers/wire.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => await database[Symbol.asyncDispose]())

let pools = 0
/** A budget that no other test knows. */
function newKey(): BudgetKey {
  pools += 1
  return { host: 'venue.test', pool: `pool-${pools}`, payer: 'direct@here' }
}

function openBroker(url = database.url): PostgresBudgets {
  const broker = new PostgresBudgets({ url, clock: systemClock })
  onTestFinished(async () => await broker[Symbol.asyncDispose]())
  return broker
}

type Word = Partial<Omit<BudgetAsk, 'key'>>

/** One holder of a budget of 100 in a minute, who says exactly what the test has it say. */
function openHolder(key: BudgetKey): (word: Word) => Promise<BudgetAnswer> {
  const broker = openBroker()
  return async (word) =>
    await broker.ask({
      key,
      limit: 100,
      windowMs: 60_000,
      inFlight: 0,
      credit: 0,
      need: 0,
      want: 0,
      leaseMs: 60_000,
      spent: [],
      report: undefined,
      isLast: false,
      ...word,
    })
}

const spentBefore = (weight: number, ageMs: number, entry = 1) => [
  { entry, weight, at: systemClock.now() - ageMs },
]

/**
 * Sets the clock of the database on, by making all that it has noted older. `isQuiet`: nobody was heard meanwhile, so
 * that the leases last longer.
 */
async function age(key: BudgetKey, ms: number, { isQuiet = true } = {}): Promise<void> {
  const name = `${key.host} ${key.pool} ${key.payer}`
  const by = `${ms} milliseconds`
  const { sql } = database
  await sql`update budgets set used_at = used_at - ${by}::interval where budget = ${name}`
  if (isQuiet) await sql`update budgets set heard_at = heard_at - ${by}::interval where budget = ${name}`
  await sql`update budget_holders set seen_at = seen_at - ${by}::interval,
    lease_until = lease_until - ${by}::interval where budget = ${name}`
  await sql`update budget_spendings set settled_at = settled_at - ${by}::interval where budget = ${name}`
}

describe('a budget in the database', () => {
  it('grants what is wanted as long as there is room, and says when more can be there', async () => {
    const ask = openHolder(newKey())
    expect(await ask({ need: 1, want: 60 })).toMatchObject({ credit: 60, holders: 1, fallback: 50 })
    expect(await ask({ credit: 60, need: 1, want: 60 })).toMatchObject({ credit: 100 })
    const full = await ask({ inFlight: 60, spent: spentBefore(40, 20_000), need: 1, want: 60 })
    expect(full.credit).toBe(0)
    expect(full.waitMs).toBeGreaterThan(30_000)
    expect(full.waitMs).toBeLessThanOrEqual(40_000)
  })

  it('that each symbol has for itself is one of all processes, however a venue spells the symbol', async () => {
    const key = newKey()
    const symbols = ['BTC-USDT-SWAP', 'kPEPE', 'KPEPE', 'xyz:NVDA', '@107', '币安人生USDT']
    for (const symbol of symbols) {
      const own = { ...key, symbol }
      expect(await openHolder(own)({ need: 1, want: 60 })).toMatchObject({ credit: 60, holders: 1 })
      expect(await openHolder(own)({ need: 40, want: 40 })).toMatchObject({ credit: 40, holders: 2 })
    }
    expect(await openHolder(key)({ need: 100, want: 100 })).toMatchObject({ credit: 100, holders: 1 })
  })

  it('keeps a part of each window for what cannot wait, whoever comes and however many backfills there are', async () => {
    const key = newKey()
    const open = (): SharedLedger =>
      new SharedLedger({ pool: key.pool, limit: 400, windowMs: 60_000 }, (limit) => {
        const broker = openBroker()
        const clock = systemClock
        return new CreditLine({
          key,
          broker,
          clock,
          windowMs: 60_000,
          requestTimeoutMs: 1_000,
          limit,
          onChange: () => {},
        })
      })
    const spendAll = async (ledger: SharedLedger): Promise<number> => {
      let spent = 0
      for (let end = performance.now() + 1_500; performance.now() < end; ) {
        if (ledger.waitFor(2, systemClock.now(), true) > 0) await sleep(10)
        else {
          end = performance.now() + 1_500
          ledger.spend(2)
          ledger.settle(2, systemClock.now(), null)
          spent += 2
        }
      }
      return spent
    }
    const backfills = [open(), open()]
    const spent = await Promise.all(backfills.map(spendAll))
    const total = spent.reduce((sum, one) => sum + one, 0)
    expect(total).toBeGreaterThanOrEqual(380)
    expect(total).toBeLessThanOrEqual(396)
    const stream = open()
    await expect.poll(() => stream.waitFor(2, systemClock.now()), { timeout: 120_000 }).toBe(0)
    stream.spend(2)
    stream.settle(2, systemClock.now(), null)
    await Promise.all([...backfills, stream].map((ledger) => ledger.close()))
  })

  it('counts what is spent until one window after its answer, however often it is told', async () => {
    const key = newKey()
    const ask = openHolder(key)
    const spent = [...spentBefore(70, 30_000, 1), ...spentBefore(20, 0, 2)]
    expect(await ask({ spent, need: 1, want: 100 })).toMatchObject({ credit: 10 })
    const { waitMs = 0 } = await ask({ spent, credit: 0, need: 80, want: 80 })
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(30_000)
    await age(key, waitMs)
    expect(await ask({ spent, need: 80, want: 100 })).toMatchObject({ credit: 80 })
  })

  it('gives to others what is given back, at once', async () => {
    const key = newKey()
    const [first, second] = [openHolder(key), openHolder(key)]
    await first({ need: 1, want: 100 })
    expect(await second({ need: 5, want: 10 })).toMatchObject({ credit: 0, holders: 2 })
    await first({ credit: 0 })
    expect(await second({ need: 5, want: 10 })).toMatchObject({ credit: 10 })
    await second({ isLast: true })
    expect(await first({ need: 1, want: 100 })).toMatchObject({ credit: 100, holders: 1 })
  })

  it('takes what the venue counts beyond all that was told for the weight of strangers', async () => {
    const key = newKey()
    const [first, second] = [openHolder(key), openHolder(key)]
    const spent = spentBefore(20, 10)
    const report = { used: 70, at: systemClock.now() }
    expect(await first({ spent, report, need: 1, want: 100 })).toMatchObject({ credit: 30 })
    await first({ isLast: true })
    expect(await second({ need: 1, want: 100 })).toMatchObject({ credit: 30 })
    const more = { used: 90, at: systemClock.now() }
    expect(await second({ credit: 30, report: more })).toMatchObject({ credit: 10 })
    const less = { used: 20, at: systemClock.now() }
    expect(await second({ credit: 10, report: less, need: 1, want: 100 })).toMatchObject({ credit: 80 })
  })

  it('forgets the figure of the venue one window later', async () => {
    const key = newKey()
    const ask = openHolder(key)
    const report = { used: 100, at: systemClock.now() - 30_000 }
    const { credit, waitMs = 0 } = await ask({ report, need: 1, want: 100 })
    expect(credit).toBe(0)
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(30_000)
    await age(key, waitMs)
    expect(await ask({ need: 1, want: 100 })).toMatchObject({ credit: 100 })
  })

  it('serves first who has least, and lets nobody have more than a part while others wait', async () => {
    const key = newKey()
    const [big, small, third] = [openHolder(key), openHolder(key), openHolder(key)]
    await big({ need: 1, want: 100 })
    await small({ need: 5, want: 10 })
    // 8 have become free: those that the small one waits for are not the big one's.
    const held = { inFlight: 72, spent: spentBefore(20, 1) }
    expect(await big({ ...held, need: 2, want: 50 })).toMatchObject({ credit: 0 })
    expect(await small({ need: 5, want: 10 })).toMatchObject({ credit: 5 })
    await third({ need: 90, want: 90 })
    const freed = { inFlight: 30, spent: spentBefore(20, 1) }
    expect(await big({ ...freed, need: 1, want: 100 })).toMatchObject({ credit: 0 })
  })

  it('keeps a little for one who is there and asks for little', async () => {
    const key = newKey()
    const [big, small] = [openHolder(key), openHolder(key)]
    await small({})
    expect(await big({ need: 1, want: 50 })).toMatchObject({ credit: 50 })
    expect(await big({ credit: 50, need: 1, want: 50 })).toMatchObject({ credit: 98 })
    expect(await small({ need: 2, want: 10 })).toMatchObject({ credit: 2 })
  })

  it('keeps for a silent holder what it may spend by itself, until its lease has ended', async () => {
    const key = newKey()
    const [silent, other] = [openHolder(key), openHolder(key)]
    const word = { leaseMs: 30_000, windowMs: 120_000 }
    expect(await silent({ ...word, spent: spentBefore(40, 90_000), inFlight: 3 })).toMatchObject({
      fallback: 43,
    })
    const isQuiet = false
    await age(key, 1_000, { isQuiet })
    expect(await other({ ...word, need: 1, want: 100 })).toMatchObject({ credit: 57, holders: 2 })
    await age(key, 30_000, { isQuiet })
    // Its lease is over: what it has spent is out of the window, what was under way may still arrive.
    expect(await other({ ...word, need: 1, want: 100 })).toMatchObject({ credit: 97, holders: 1 })
    await age(key, 120_000, { isQuiet })
    expect(await other({ ...word, need: 1, want: 100 })).toMatchObject({ credit: 100 })
  })

  describe('that was not heard of for long', () => {
    // Three live holders.
    const word = { leaseMs: 26_000, limit: 120 }

    async function openThree() {
      const key = newKey()
      const [one, two, three] = [openHolder(key), openHolder(key), openHolder(key)]
      for (const ask of [one, two, three, one, two, three]) await ask({ ...word, credit: 0 })
      return { key, one, two, three }
    }

    it('keeps the whole share of each holder that has not been heard since', async () => {
      const { key, one, two, three } = await openThree()
      await age(key, 600_000)
      // Each may spend 40 of 120 by itself by now.
      expect(await one({ ...word, need: 1, want: 120 })).toMatchObject({ credit: 40, holders: 3 })
      // What it tells may be older than what it has done since: its share is kept until it is heard again.
      await two({ ...word, spent: spentBefore(10, 10) })
      expect(await one({ ...word, credit: 40, need: 1, want: 80 })).toMatchObject({ credit: 40 })
      await two({ ...word, spent: spentBefore(10, 10) })
      // But for the little that is kept for the third, which asks for nothing.
      expect(await one({ ...word, credit: 40, need: 1, want: 80 })).toMatchObject({ credit: 67 })
      await three({ ...word, isLast: true })
      expect(await one({ ...word, credit: 67, need: 1, want: 80 })).toMatchObject({ credit: 110 })
    })

    it('keeps it no longer than one lease after the silence', async () => {
      const { key, one } = await openThree()
      await age(key, 600_000)
      expect(await one({ ...word, need: 1, want: 120 })).toMatchObject({ credit: 40 })
      await age(key, 26_100)
      expect(await one({ ...word, credit: 40, need: 1, want: 80 })).toMatchObject({ credit: 120, holders: 1 })
    })

    it('keeps nothing for who had died before it', async () => {
      const { key, one, two } = await openThree()
      await age(key, 20_000)
      for (const ask of [one, two, one, two]) await ask({ ...word })
      await age(key, 600_000)
      expect(await one({ ...word, need: 1, want: 120 })).toMatchObject({ credit: 80, holders: 2 })
    })
  })

  it('does not listen to an old word that comes after a newer one', async () => {
    const key = newKey()
    const broker = openBroker()
    const other = openHolder(key)
    const base = { key, limit: 100, windowMs: 60_000, credit: 0, spent: [], report: undefined, isLast: false }
    await broker.ask({ ...base, inFlight: 0, need: 1, want: 80, leaseMs: 60_000 })
    const [{ holder } = { holder: '' }] =
      await database.sql`select holder from budget_holders where budget like ${`%${key.pool} %`}`
    const late = { ...base, budget: `${key.host} ${key.pool} ${key.payer}`, holder, seq: 1 }
    const [{ credit } = { credit: '' }] = await database.sql`
      select * from ask_budget(${database.sql.json({ ...late, key: null, report: null, inFlight: 0, need: 0, want: 0, leaseMs: 60_000 })})`
    expect(credit).toBe('0')
    expect(await other({ need: 1, want: 100 })).toMatchObject({ credit: 20 })
  })

  it('keeps nothing of a window that is long over', async () => {
    const key = newKey()
    const ask = openHolder(key)
    const entries = async (): Promise<string[]> =>
      (
        await database.sql`select entry from budget_spendings where budget like ${`%${key.pool} %`} order by entry`
      ).map(({ entry }) => entry)
    await ask({
      spent: [...spentBefore(5, 80_000, 1), ...spentBefore(5, 125_000, 2), ...spentBefore(5, 0, 3)],
    })
    expect(await entries()).toEqual(['1', '3'])
    await age(key, 40_000)
    await ask({})
    expect(await entries()).toEqual(['3'])
  })

  it('has the limit that the venue states, of which newcomers do not know yet', async () => {
    const key = newKey()
    const [old, newcomer] = [openHolder(key), openHolder(key)]
    await old({ need: 1, want: 1 })
    await old({ limit: 1_000, credit: 1 })
    expect(await old({ limit: 1_000, credit: 1, need: 1, want: 300 })).toMatchObject({ credit: 301 })
    expect(await newcomer({ need: 1, want: 10 })).toMatchObject({ credit: 10, fallback: 10 })
    await old({ limit: 200, credit: 0, inFlight: 195 })
    expect(await newcomer({ credit: 10, need: 1, want: 10 })).toMatchObject({ credit: 5 })
  })

  it('is forgotten when nobody has asked for a day', async () => {
    const [old, other] = [newKey(), newKey()]
    await openHolder(old)({ spent: spentBefore(1, 0), need: 1, want: 1 })
    await database.sql`update budgets set joined_at = now() - interval '2 days'`
    await openHolder(other)({})
    const names = async (): Promise<string[]> =>
      (
        await database.sql`
          select budget from budgets union select budget from budget_spendings union select budget from budget_holders`
      ).map(({ budget }) => budget)
    expect(await names()).toContain(`${old.host} ${old.pool} ${old.payer}`)
    await database.sql`update budget_holders set lease_until = now() - interval '2 days'`
    await openHolder(other)({})
    expect(await names()).toEqual([`${other.host} ${other.pool} ${other.payer}`])
  })

  it('that cannot be asked is told as an error of the database', async () => {
    const url = database.url.replace(/@[^/]+/, '@127.0.0.1:1')
    await using broker = new PostgresBudgets({ url, clock: systemClock })
    const word = { limit: 1, windowMs: 1, inFlight: 0, credit: 0, need: 1, want: 1, leaseMs: 1 }
    const ask = broker.ask({ ...word, key: newKey(), spent: [], report: undefined, isLast: false })
    await expect(ask).rejects.toBeInstanceOf(DatabaseError)
  })
})

describe('two names of one address', () => {
  const word = { limit: 2_400 }
  let entry = 0
  /** The figure of the venue at each answer holds what both have spent. */
  const spend = (weight: number, used: number): Word => {
    entry += 1
    const at = systemClock.now()
    return { ...word, spent: [{ entry, weight, at }], report: { used, at } }
  }
  const openBoth = () => {
    const key = newKey()
    const host = `venue-${key.pool}.test`
    const of = (payer: string) => openHolder({ ...key, host, payer })
    return { host, b: of('direct@b'), a: of('direct@a'), stranger: of('direct@c') }
  }

  it('are found out by the figures of the venue, and share one budget from then on', async () => {
    const { a, b, stranger } = openBoth()
    await a(spend(100, 100))
    await b(spend(100, 200))
    await a(spend(100, 300))
    await b(spend(100, 400))
    // Everything that was spent under either name counts: 400 and what is granted now.
    expect(await a({ ...word, need: 1, want: 2_400 })).toMatchObject({
      samePayers: ['direct@b'],
      credit: 2_000,
      holders: 2,
    })
    expect(await b({ ...word, need: 1, want: 100 })).toMatchObject({ credit: 0, samePayers: ['direct@a'] })
    expect((await stranger({ ...word, need: 1, want: 100 })).samePayers).toEqual([])
  })

  it('are two addresses where each figure holds what its own have spent', async () => {
    const { a, b } = openBoth()
    for (let round = 1; round <= 8; round += 1) {
      expect((await a(spend(100, round * 100))).samePayers).toEqual([])
      expect((await b(spend(100, round * 100))).samePayers).toEqual([])
    }
    expect(await a({ ...word, need: 1, want: 2_400 })).toMatchObject({ credit: 1_600, holders: 1 })
  })

  it('are two addresses where somebody else spends on one of them', async () => {
    const { a, b } = openBoth()
    for (let round = 1; round <= 8; round += 1) {
      await a(spend(100, round * 150))
      expect((await b(spend(100, round * 100))).samePayers).toEqual([])
    }
  })

  it('are believed to be one for a day, and then looked at again', async () => {
    const { host, a, b } = openBoth()
    for (const round of [1, 2, 3]) {
      await a(spend(10, round * 20 - 10))
      await b(spend(10, round * 20))
    }
    expect((await a({ ...word })).samePayers).toEqual(['direct@b'])
    await database.sql`update budget_payers set since = now() - interval '25 hours' where host = ${host}`
    expect((await a({ ...word })).samePayers).toEqual([])
  })
})

describe('processes that spend one budget', () => {
  const LIMIT = 60
  const WINDOW = 1_500

  interface Scene {
    readonly key: BudgetKey
    readonly arrivals: Arrival[]
    readonly until: number
  }

  const startScene = (ms: number): Scene => ({ key: newKey(), arrivals: [], until: systemClock.now() + ms })

  /** Requests of random weights up to `most`, until the scene ends. */
  async function spend(
    { key, arrivals, until }: Scene,
    holder: number,
    {
      url = database.url,
      most = holder + 1,
      tell,
    }: { url?: string; most?: number; tell?: () => number } = {},
  ): Promise<void> {
    const broker = openBroker(url)
    const options = { broker, key, limit: LIMIT, windowMs: WINDOW, holder, arrivals }
    await using spender = new Spender({ ...options, ...(tell ? { tell } : {}) })
    while (systemClock.now() < until) {
      await spender.send(1 + Math.floor(Math.random() * most), 5 + Math.random() * 60)
    }
    await spender.finish()
  }

  const weightOf = (arrivals: readonly Arrival[], holder: number): number =>
    arrivals.reduce((sum, arrival) => sum + (arrival.holder === holder ? arrival.weight : 0), 0)

  it.each([
    { name: 'nothing tells what is used', hasHeader: false },
    { name: 'the venue tells what is used', hasHeader: true },
  ])('eight at once never exceed it in any window, and all advance, where $name', async ({ hasHeader }) => {
    const scene = startScene(5 * WINDOW)
    const { arrivals } = scene
    const tell = (): number => {
      const since = systemClock.now() - WINDOW
      return arrivals.reduce((sum, { at, weight }) => sum + (at > since ? weight : 0), 0)
    }
    const holders = Array.from({ length: 8 }, (_, holder) => holder)
    await Promise.all(holders.map(async (holder) => await spend(scene, holder, hasHeader ? { tell } : {})))
    expect(heaviestWindow(arrivals, WINDOW)).toBeLessThanOrEqual(LIMIT)
    const parts = holders.map((holder) => weightOf(arrivals, holder))
    const total = parts.reduce((sum, part) => sum + part, 0)
    // What a quiet machine brings is twice as much: one that is busy serves nobody in time.
    expect(Math.min(...parts)).toBeGreaterThan(total / 8 / 4)
    expect(total).toBeGreaterThan(LIMIT * 5 * 0.4)
  })

  it('are not held up by a big one: one that asks for little now and then hardly waits', async () => {
    const scene = startScene(5 * WINDOW)
    const broker = openBroker()
    const { key, arrivals } = scene
    const small = new Spender({ broker, key, limit: LIMIT, windowMs: WINDOW, holder: 1, arrivals })
    const waits: number[] = []
    const big = spend(scene, 0, { most: 3 })
    while (systemClock.now() < scene.until) {
      const askedAt = systemClock.now()
      await small.send(1, 10)
      waits.push(systemClock.now() - askedAt)
      await sleep(WINDOW / 3)
    }
    await Promise.all([big, small[Symbol.asyncDispose]()])
    expect(heaviestWindow(arrivals, WINDOW)).toBeLessThanOrEqual(LIMIT)
    // The first may meet a window that is spent already.
    expect(Math.max(...waits)).toBeLessThanOrEqual(WINDOW + 500)
    expect(waits.filter((wait) => wait < WINDOW / 3).length).toBeGreaterThan(waits.length / 2)
    expect(weightOf(arrivals, 0)).toBeGreaterThan(LIMIT * 5 * 0.7)
  })

  it.each([
    { name: 'all', isForAll: true, silentMs: 5 * WINDOW },
    { name: 'some', isForAll: false, silentMs: WINDOW - 400 },
    { name: 'some for long', isForAll: false, silentMs: 3 * WINDOW },
  ])('go on while the database is silent for $name of them, and do not exceed it', async (outage) => {
    await using wire = new Wire()
    await wire.open(database.url)
    const scene = startScene(4 * WINDOW + outage.silentMs)
    const runs = [0, 1, 2, 3].map(
      async (holder) =>
        await spend(
          scene,
          holder,
          outage.isForAll || holder % 2 === 0 ? { url: wire.url, most: 3 } : { most: 3 },
        ),
    )
    await sleep(2 * WINDOW)
    wire.isSilent = true
    const [silentAt] = [systemClock.now()]
    await sleep(outage.silentMs)
    wire.cut()
    wire.isSilent = false
    const spokeAt = systemClock.now()
    await Promise.all(runs)
    expect(heaviestWindow(scene.arrivals, WINDOW)).toBeLessThanOrEqual(LIMIT)
    const during = scene.arrivals.filter(({ at }) => at > silentAt + 600 && at < spokeAt)
    if (outage.isForAll) expect(new Set(during.map(({ holder }) => holder)).size).toBe(4)
    expect(during.length).toBeGreaterThan(0)
    expect(scene.arrivals.some(({ at }) => at > spokeAt + WINDOW)).toBe(true)
  })
})
