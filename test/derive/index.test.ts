import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hashOf } from '../helpers/recorded.ts'
import { at, Desk, makeCloses } from './desk.ts'
import { closesOfIndex, naiveIndex, naiveRsi } from './naive.ts'

let desk: Desk
beforeAll(async () => {
  desk = await Desk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(() => desk.clear())

/** Symbols that come, pause and go; in the database's order the lower case would come first. */
const MARKET = {
  ZUSDT: makeCloses(0, 300, 1),
  aUSDT: makeCloses(40, 120, 2),
  BUSDT: new Map([...makeCloses(10, 90, 3), ...makeCloses(130, 300, 3)]),
  '1000XUSDT': makeCloses(200, 250, 4),
}

async function putAll(market: Readonly<Record<string, ReadonlyMap<number, string>>>): Promise<void> {
  for (const [symbol, closes] of Object.entries(market)) await desk.put(symbol, closes)
}

describe('the index of all symbols', () => {
  it('is that of the definition, with its RSI, and a second run writes nothing', async () => {
    await putAll(MARKET)
    await desk.index()
    await desk.rsi('MT')
    const lines = naiveIndex(MARKET)
    expect(await desk.storedIndex()).toEqual(lines)
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
    expect(await desk.coverage('mt', 'MT')).toEqual({ covered: [[0, 300]], absent: [] })
    expect(await desk.coverage('rsi', 'MT')).toEqual({ covered: [[0, 300]], absent: [[0, 14]] })
    expect(desk.takeWritten()).toEqual({ inserted: 300 + 286, updated: 0 })
    await desk.index()
    await desk.rsi('MT')
    expect(desk.takeWritten()).toEqual({ inserted: 0, updated: 0 })
  })

  it('is the same to the last bit when it is made in parts', async () => {
    await putAll(MARKET)
    for (const minute of [1, 2, 40, 41, 90, 130, 131, 250]) {
      await desk.index({ until: at(minute) })
      await desk.rsi('MT', { until: at(minute) })
    }
    await desk.index()
    await desk.rsi('MT')
    const lines = naiveIndex(MARKET)
    expect(await desk.storedIndex()).toEqual(lines)
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
    expect(desk.takeWritten()).toEqual({ inserted: 300 + 286, updated: 0 })
  })

  it('has no minute where no symbol has a candle', async () => {
    const market = {
      AUSDT: new Map([...makeCloses(0, 30), ...makeCloses(50, 80)]),
      BUSDT: makeCloses(20, 40),
    }
    await putAll(market)
    await desk.index()
    await desk.rsi('MT')
    const lines = naiveIndex(market)
    expect(await desk.storedIndex()).toEqual(lines)
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
    expect(await desk.coverage('mt', 'MT')).toEqual({ covered: [[0, 80]], absent: [[40, 50]] })
  })

  it('begins anew at an earlier minute when older candles come', async () => {
    const market = { AUSDT: makeCloses(0, 200, 1), BUSDT: makeCloses(50, 200, 2) }
    await desk.put('AUSDT', new Map([...market.AUSDT].slice(100)))
    await desk.put('BUSDT', market.BUSDT)
    await desk.index()
    await desk.rsi('MT')
    expect((await desk.storedIndex())[0]).toBe('50 100 0')
    await desk.put('AUSDT', new Map([...market.AUSDT].slice(0, 100)))
    expect((await desk.coverage('mt', 'MT')).covered).toEqual([])
    expect((await desk.coverage('rsi', 'MT')).covered).toEqual([])
    await desk.index()
    await desk.rsi('MT')
    const lines = naiveIndex(market)
    expect(await desk.storedIndex()).toEqual(lines)
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
  })

  it('begins anew also when they were loaded by hand, and its RSI with it', async () => {
    const market = { AUSDT: makeCloses(0, 200, 1), BUSDT: makeCloses(50, 200, 2) }
    await desk.load('BUSDT', market.BUSDT)
    await desk.index()
    await desk.rsi('MT')
    await desk.load('AUSDT', market.AUSDT)
    await desk.index({ until: at(20) })
    const lines = naiveIndex(market)
    expect(await desk.storedIndex()).toEqual(lines)
    expect((await desk.coverage('mt', 'MT')).covered).toEqual([[0, 200]])
    expect((await desk.coverage('rsi', 'MT')).covered).toEqual([])
    await desk.rsi('MT')
    expect(await desk.storedRsi('MT')).toEqual(naiveRsi(closesOfIndex(lines)))
  })

  it('changes from a corrected candle on', async () => {
    await putAll(MARKET)
    await desk.index()
    await desk.put('ZUSDT', new Map([[220, '101']]))
    expect((await desk.coverage('mt', 'MT')).covered).toEqual([[0, 220]])
    await desk.index()
    const corrected = new Map([...MARKET.ZUSDT, [220, '101'] as const])
    expect(await desk.storedIndex()).toEqual(naiveIndex({ ...MARKET, ZUSDT: corrected }))
  })

  it('is made anew to its end where that is asked for', async () => {
    await putAll(MARKET)
    await desk.index()
    await desk.load('ZUSDT', new Map([[20, '101']]))
    await desk.index({ isRefetch: true, until: at(50) })
    const corrected = new Map([...MARKET.ZUSDT, [20, '101'] as const])
    expect(await desk.storedIndex()).toEqual(naiveIndex({ ...MARKET, ZUSDT: corrected }))
  })

  it('is made in chunks of many symbols', async () => {
    const symbols = Array.from({ length: 120 }, (_, at) => `S${at}USDT`)
    const market = Object.fromEntries(
      symbols.map((symbol, seed) => [symbol, makeCloses(seed * 7, seed * 7 + 900, seed)]),
    )
    await putAll(market)
    let writes = 0
    const stop = desk.events.on('batch:written', () => {
      writes += 1
    })
    await desk.index({ until: at(500) })
    await desk.index()
    stop()
    expect(hashOf(await desk.storedIndex())).toBe(hashOf(naiveIndex(market)))
    expect(writes).toBe(2)
  })

  it('of a long history is written in several batches', async () => {
    const market = { AUSDT: makeCloses(0, 32_000, 1), BUSDT: makeCloses(20_000, 32_000, 2) }
    await putAll(market)
    await desk.index()
    expect(hashOf(await desk.storedIndex())).toBe(hashOf(naiveIndex(market)))
  })
})
