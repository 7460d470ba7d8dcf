import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { createColumns } from '../../src/sim/core/candle-columns.ts'
import { formatDecimal } from '../../src/sim/core/digits.ts'
import { SeededMarket } from '../../src/sim/core/seeded-market.ts'
import { hashOf } from '../helpers/simulator.ts'

const DAY = 86_400_000
const FROM = Date.UTC(2026, 1, 1)
const BASE = {
  symbol: 'XUSDT',
  baseTicks: 12_000,
  tickUnits: 10,
  minuteVolume: 900,
  minuteTrades: 40,
  activity: 1,
}

const symbols = fc.record({
  symbol: fc.string({ minLength: 1, maxLength: 8 }),
  baseTicks: fc.integer({ min: 200, max: 10_000_000 }),
  tickUnits: fc.constantFrom(1, 10, 50),
  minuteVolume: fc.integer({ min: 1, max: 100_000 }),
  minuteTrades: fc.integer({ min: 1, max: 5_000 }),
  activity: fc.constantFrom(0.2, 0.8, 1),
})
const minutes = fc.integer({ min: 26_000_000, max: 31_000_000 })

function fill(market: SeededMarket, first: number, count: number) {
  const columns = createColumns(count)
  market.fill(columns, first, count)
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row] ?? Number.NaN])),
  ) as Record<keyof typeof columns, number>[]
}

describe('the seeded market', () => {
  it('makes the very same candles everywhere', async () => {
    await using simulator = await startBinanceSimulator({
      seed: 7,
      clock: { startAt: FROM + 30 * DAY, rate: 0 },
    })
    const hashes = ['BTCUSDT', 'IOSTUSDT', '1000PEPEUSDT'].map((symbol) =>
      hashOf(simulator.truth.candles(symbol, { from: FROM, to: FROM + DAY })),
    )
    expect(hashes).toMatchInlineSnapshot(`
      [
        "96eceef2dbd85840684a0fed758632527c830f9014c47eff0d5a2ceabce8c1a2",
        "badf803f99f6393decf8d671cded738da0bce2d0a36409c1ffdb37fe9e604741",
        "c13281d52b5626d6823aaf35eecaa409c3899ce238d938219460283b4c3778ad",
      ]
    `)
    expect(
      hashOf(simulator.truth.funding('BTCUSDT', { from: FROM, to: FROM + 10 * DAY })),
    ).toMatchInlineSnapshot(`"1a7a90a0a5498c7f3c96c3a9b9f41f96d7ffa69a6a79b9249aaf2fd5232d1323"`)
  })

  it('has another market for another seed', () => {
    expect(fill(new SeededMarket('1', BASE), 27_000_000, 5)).not.toEqual(
      fill(new SeededMarket('2', BASE), 27_000_000, 5),
    )
  })

  it('gives a minute the same candle wherever a stretch begins', () => {
    fc.assert(
      fc.property(symbols, minutes, fc.integer({ min: 1, max: 50 }), (profile, first, skipped) => {
        const whole = fill(new SeededMarket('s', profile), first, 60)
        expect(fill(new SeededMarket('s', profile), first + skipped, 60 - skipped)).toEqual(
          whole.slice(skipped),
        )
      }),
    )
  })

  it('bounds open and close by high and low, on the tick, and goes on where the last candle ended', () => {
    fc.assert(
      fc.property(symbols, minutes, (profile, first) => {
        const rows = fill(new SeededMarket('s', profile), first, 40)
        for (const [at, { open, high, low, close }] of rows.entries()) {
          expect(low).toBeGreaterThan(0)
          expect(low).toBeLessThanOrEqual(Math.min(open, close))
          expect(high).toBeGreaterThanOrEqual(Math.max(open, close))
          expect(
            [open, high, low, close].every((price) => Number.isSafeInteger(price / profile.tickUnits)),
          ).toBe(true)
          const last = rows[at - 1]
          if (last) expect(Math.abs(open - last.close)).toBeLessThanOrEqual(profile.tickUnits)
        }
      }),
    )
  })

  it('has volumes that fit each other', () => {
    fc.assert(
      fc.property(symbols, minutes, (profile, first) => {
        for (const row of fill(new SeededMarket('s', profile), first, 40)) {
          expect(row.takerBuyVolume).toBeLessThanOrEqual(row.volume)
          expect(row.trades).toBeLessThanOrEqual(row.volume)
          expect(row.trades === 0).toBe(row.volume === 0)
          expect(Number.isSafeInteger(row.quoteVolume)).toBe(true)
          expect(row.quoteVolume).toBeGreaterThanOrEqual(row.low * row.volume)
          expect(row.quoteVolume).toBeLessThanOrEqual(row.high * row.volume)
          expect(row.takerBuyQuoteVolume).toBeGreaterThanOrEqual(row.low * row.takerBuyVolume)
          expect(row.takerBuyQuoteVolume).toBeLessThanOrEqual(row.high * row.takerBuyVolume)
          if (row.volume === 0)
            expect([row.open, row.high, row.low]).toEqual([row.close, row.close, row.close])
        }
      }),
    )
  })

  it('has quiet minutes where a symbol is illiquid', () => {
    const quiet = fill(new SeededMarket('s', { ...BASE, activity: 0.5 }), 27_000_000, 1_000).filter(
      (row) => row.volume === 0,
    )
    expect(quiet.length).toBeGreaterThan(350)
    expect(fill(new SeededMarket('s', BASE), 27_000_000, 1_000).every((row) => row.volume > 0)).toBe(true)
  })
})

describe('a decimal', () => {
  it('is written digit by digit as it is', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 12 }), (units, decimals) => {
        const digits = String(units).padStart(decimals + 1, '0')
        const expected = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits
        expect(formatDecimal(units, decimals)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })
})
