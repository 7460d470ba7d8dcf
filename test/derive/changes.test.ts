import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hashOf } from '../helpers/recorded.ts'
import { Desk, interrupt, makeCloses, windowOf } from './desk.ts'
import { closesOfIndex, naiveIndex, naiveRsi } from './naive.ts'

const SYMBOL = 'BTCUSDT'
let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

describe('candles that change between being read and the write of what was made', () => {
  it('are read anew: nothing wrong is ever covered', async () => {
    const closes = makeCloses(0, 40_000)
    await desk.put(SYMBOL, closes)
    const corrected = new Map([...closes, [100, '77'] as const, [25_000, '130'] as const])
    const store = interrupt(desk.store, async (write) => {
      if (write === 1) await desk.put(SYMBOL, new Map([[100, '77']]))
      if (write === 3) await desk.put(SYMBOL, new Map([[25_000, '130']]))
    })
    expect(await desk.rsi(SYMBOL, { store })).toEqual([])
    expect(hashOf(await desk.storedRsi(SYMBOL))).toBe(hashOf(naiveRsi(corrected)))
    expect(await desk.coverage('rsi', SYMBOL)).toEqual({ covered: [[0, 40_000]], absent: [[0, 14]] })
  })

  it('that keep changing are a lack', async () => {
    const closes = makeCloses(0, 100)
    await desk.put(SYMBOL, closes)
    const store = interrupt(desk.store, (write) => desk.put(SYMBOL, new Map([[50, `${100 + write}`]])))
    const [lack, ...more] = await desk.rsi(SYMBOL, { store })
    expect(lack).toMatchObject({ symbol: SYMBOL, dataset: 'rsi', minutes: 100 })
    expect(lack?.reason).toContain('the candles keep changing')
    expect(more).toEqual([])
    expect((await desk.coverage('rsi', SYMBOL)).covered).toBeUndefined()
    expect(await desk.storedRsi(SYMBOL)).toEqual([])
  })

  it('are no hindrance where they are only added to the end', async () => {
    await desk.put(SYMBOL, makeCloses(0, 100))
    const store = interrupt(desk.store, (write) => desk.put(SYMBOL, makeCloses(99 + write, 100 + write)))
    await desk.rsi(SYMBOL, { store })
    expect((await desk.coverage('rsi', SYMBOL)).covered).toEqual([[0, 100]])
    await desk.rsi(SYMBOL)
    expect(await desk.storedRsi(SYMBOL)).toEqual(naiveRsi(makeCloses(0, 101)))
  })

  it('are noticed where nothing was known of the symbol', async () => {
    const closes = makeCloses(0, 100)
    await desk.load(SYMBOL, closes)
    const store = interrupt(desk.store, async (write) => {
      if (write === 1) await desk.put(SYMBOL, new Map([[50, '99']]))
    })
    await desk.rsi(SYMBOL, { store })
    expect(await desk.storedRsi(SYMBOL)).toEqual(naiveRsi(new Map([...closes, [50, '99']])))
  })

  it('are noticed beyond the end of the coverage, where rows were loaded by hand', async () => {
    const closes = makeCloses(0, 100)
    await desk.put(SYMBOL, new Map([...closes].slice(0, 60)))
    await desk.load(SYMBOL, new Map([...closes].slice(60)))
    const store = interrupt(desk.store, async (write) => {
      if (write === 1) await desk.put(SYMBOL, new Map([[80, '99']]))
    })
    await desk.rsi(SYMBOL, { store })
    expect(await desk.storedRsi(SYMBOL)).toEqual(naiveRsi(new Map([...closes, [80, '99']])))
  })
})

describe('symbols that change while the index is made', () => {
  const market = { AUSDT: makeCloses(0, 200, 1), BUSDT: makeCloses(0, 200, 2), CUSDT: makeCloses(50, 150, 3) }

  it('are read anew, also one that was not there before', async () => {
    await desk.put('AUSDT', market.AUSDT)
    await desk.put('BUSDT', new Map([...market.BUSDT].slice(0, 120)))
    const store = interrupt(desk.store, async (write) => {
      if (write === 1) await desk.put('CUSDT', market.CUSDT)
      if (write === 2) await desk.put('BUSDT', new Map([...market.BUSDT].slice(120)))
    })
    expect(await desk.index({ store })).toEqual([])
    expect(await desk.storedIndex()).toEqual(naiveIndex(market))
    expect((await desk.coverage('mt', 'MT')).covered).toEqual([[0, 200]])
  })

  it('by being corrected are a lack where it does not end', async () => {
    await desk.put('AUSDT', market.AUSDT)
    const store = interrupt(desk.store, (write) => desk.put('AUSDT', new Map([[7, `${100 + write}`]])))
    expect(
      (await desk.index({ store })).map(({ symbol, dataset, minutes }) => [symbol, dataset, minutes]),
    ).toEqual([['MT', 'mt', 200]])
    expect(await desk.storedIndex()).toEqual([])
  })

  it('without any candle count as known', async () => {
    await desk.put('AUSDT', market.AUSDT)
    await desk.put('DUSDT', new Map(), [windowOf(0, 10)])
    await desk.index()
    expect(await desk.storedIndex()).toEqual(naiveIndex({ AUSDT: market.AUSDT }))
  })
})

describe('two derivations at once', () => {
  it('wait for each other, and make what one alone makes', async () => {
    const closes = makeCloses(0, 40_000)
    await desk.put(SYMBOL, closes)
    const other = desk.beside()
    const notes: string[] = []
    for (const { events } of [desk, other]) events.on('note', ({ message }) => notes.push(message))
    try {
      const work = [desk, other].map(async (one) => {
        await one.rsi(SYMBOL)
        await one.index()
        await one.rsi('MT')
      })
      await Promise.all(work)
    } finally {
      await other.close()
    }
    expect(hashOf(await desk.storedRsi(SYMBOL))).toBe(hashOf(naiveRsi(closes)))
    expect(hashOf(await desk.storedIndex())).toBe(hashOf(naiveIndex({ [SYMBOL]: closes })))
    expect(notes).toContain(`rsi of ${SYMBOL} is in the hands of another run: waiting for it`)
    expect(desk.takeWritten().updated + other.takeWritten().updated).toBe(0)
  })
})

describe('derivations beside a backfill', () => {
  it('leave nothing wrong behind, whatever comes between', async () => {
    const market: Record<string, Map<number, string>> = {}
    const feeder = desk.beside()
    const feed = async (): Promise<void> => {
      for (let round = 0; round < 60; round += 1) {
        const symbol = `S${(round * 7) % 12}USDT`
        const from = (round * 377) % 900
        const closes = makeCloses(from, from + 100, round)
        market[symbol] = new Map([...(market[symbol] ?? []), ...closes].toSorted(([a], [b]) => a - b))
        await feeder.put(symbol, closes)
      }
    }
    const make = async (one: Desk): Promise<void> => {
      for (const symbol of await one.candles.symbols()) await one.rsi(symbol)
      await one.index()
      await one.rsi('MT')
    }
    let isFed = false
    try {
      const feeding = feed().finally(() => {
        isFed = true
      })
      while (!isFed) await make(desk)
      await feeding
    } finally {
      await feeder.close()
    }
    await make(desk)
    for (const [symbol, closes] of Object.entries(market))
      expect(await desk.storedRsi(symbol)).toEqual(naiveRsi(closes))
    const lines = naiveIndex(market)
    expect(await desk.storedIndex()).toEqual(lines)
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
  })
})
