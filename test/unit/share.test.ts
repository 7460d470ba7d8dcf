import { describe, expect, it } from 'vitest'
import { isInShare } from '../../src/lib/symbols/share.ts'

const NAMES = Array.from({ length: 700 }, (_, at) => `S${at}USDT`)
const shareOf = (index: number, count: number) => NAMES.filter((name) => isInShare(name, { index, count }))

describe('a share', () => {
  it.each([1, 2, 3, 7])('of %i is about as large as the others, and no symbol is in two or none', (count) => {
    const shares = Array.from({ length: count }, (_, at) => shareOf(at + 1, count))
    expect(shares.flat().toSorted()).toEqual(NAMES.toSorted())
    for (const share of shares) {
      expect(share.length).toBeGreaterThan((NAMES.length / count) * 0.7)
      expect(share.length).toBeLessThan((NAMES.length / count) * 1.3)
    }
  })

  it('has the same symbols everywhere and for ever', () => {
    const symbols = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'BTC-USDT-SWAP', '币安人生USDT']
    const indexOf = (symbol: string) => [1, 2, 3].find((index) => isInShare(symbol, { index, count: 3 }))
    expect(symbols.map(indexOf)).toEqual([1, 3, 1, 1, 3])
  })
})
