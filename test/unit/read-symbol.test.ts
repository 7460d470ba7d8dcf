import { describe, expect, it } from 'vitest'
import { findNearMatches } from '../../src/lib/symbols/choose-symbols.ts'
import { type Named, readNames, readSymbol } from '../../src/lib/symbols/read-symbol.ts'

const named = (symbol: string, baseAsset: string, quoteAsset: string, contractType: string): Named => ({
  symbol,
  baseAsset,
  quoteAsset,
  contractType,
})
const BINANCE = [
  named('BTCUSDT', 'BTC', 'USDT', 'PERPETUAL'),
  named('BTCUSDC', 'BTC', 'USDC', 'PERPETUAL'),
  named('BTCUSDT_260327', 'BTC', 'USDT', 'CURRENT_QUARTER'),
  named('ETHUSDT_260327', 'ETH', 'USDT', 'CURRENT_QUARTER'),
  named('ETHUSDT_260626', 'ETH', 'USDT', 'NEXT_QUARTER'),
  named('XRPUSDT_260327', 'XRP', 'USDT', 'CURRENT_QUARTER'),
  named('1000PEPEUSDT', '1000PEPE', 'USDT', 'PERPETUAL'),
  named('币安人生USDT', '币安人生', 'USDT', 'PERPETUAL'),
  named('NONAMEUSDT', '', 'USDT', 'PERPETUAL'),
]
const OKX = [
  named('BTC-USDT-SWAP', 'BTC', 'USDT', 'SWAP'),
  named('BTC-USD-SWAP', 'BTC', 'USD', 'SWAP'),
  named('BTC-USDT-260327', 'BTC', 'USDT', 'FUTURES'),
]
const HYPERLIQUID = [
  named('kPEPE', 'kPEPE', 'USDC', 'perpetual'),
  named('KPEPE', 'KPEPE', 'USDC', 'perpetual'),
  named('xyz:NVDA', 'NVDA', 'USDC', 'perpetual'),
  named('@107', 'HYPE', 'USDC', 'spot'),
]

const taken = (symbol: string) => ({ kind: 'taken', symbol })
const unknown = { kind: 'unknown' }

describe('what a written name means in the list of a venue', () => {
  it.each<[string, readonly Named[], object]>([
    ['BTCUSDT', BINANCE, { kind: 'listed', symbol: 'BTCUSDT' }],
    ['btcusdt', BINANCE, taken('BTCUSDT')],
    ['BTC/USDT', BINANCE, taken('BTCUSDT')],
    ['btc-usdt', BINANCE, taken('BTCUSDT')],
    ['BTC_USDT', BINANCE, taken('BTCUSDT')],
    ['BTCUSDT.P', BINANCE, taken('BTCUSDT')],
    ['BTC/USDT:USDT', BINANCE, taken('BTCUSDT')],
    ['BTC-USDT-SWAP', BINANCE, taken('BTCUSDT')],
    ['BTCUSDT-PERP', BINANCE, taken('BTCUSDT')],
    ['btcusdt_260327', BINANCE, taken('BTCUSDT_260327')],
    ['XRP/USDT', BINANCE, taken('XRPUSDT_260327')],
    ['XRPUSDT.P', BINANCE, unknown],
    ['ETH/USDT', BINANCE, { kind: 'open', symbols: ['ETHUSDT_260327', 'ETHUSDT_260626'] }],
    ['币安人生/usdt', BINANCE, taken('币安人生USDT')],
    ['BTC/USDT:BTC', BINANCE, unknown],
    ['BTC', BINANCE, unknown],
    ['B/TCUSDT', BINANCE, unknown],
    ['PEPE/USDT', BINANCE, unknown],
    ['/USDT', BINANCE, unknown],
    ['BTCUSDT', OKX, taken('BTC-USDT-SWAP')],
    ['BTC/USDT', OKX, taken('BTC-USDT-SWAP')],
    ['btc-usdt-swap', OKX, taken('BTC-USDT-SWAP')],
    ['BTC/USD', OKX, taken('BTC-USD-SWAP')],
    ['kPEPE', HYPERLIQUID, { kind: 'listed', symbol: 'kPEPE' }],
    ['kpepe', HYPERLIQUID, { kind: 'open', symbols: ['KPEPE', 'kPEPE'] }],
    ['xyz:NVDA', HYPERLIQUID, { kind: 'listed', symbol: 'xyz:NVDA' }],
    ['XYZ:nvda', HYPERLIQUID, taken('xyz:NVDA')],
    ['@107', HYPERLIQUID, { kind: 'listed', symbol: '@107' }],
    ['BTCUSDT', [], unknown],
  ])('%s', (written, list, expected) => expect(readSymbol(written, list)).toEqual(expected))
})

describe('the names of a run', () => {
  it('are asked for as the venue writes them, also those that are not listed any more', () => {
    expect(
      readNames(['all', 'btc/usdt', 'BTCUSDT', 'LUNAUSDT', 'ftmusdt', 'FOO/BAR', 'eth/usdt'], BINANCE),
    ).toEqual({
      names: ['all', 'BTCUSDT', 'LUNAUSDT', 'FTMUSDT'],
      taken: ['btc/usdt is taken as BTCUSDT'],
      refused: [
        { symbol: 'FOO/BAR', reason: 'no such symbol is listed' },
        { symbol: 'eth/usdt', reason: 'it may be ETHUSDT_260327 or ETHUSDT_260626: name one of them' },
      ],
    })
    const unlisted = ['kWhat', 'xyz:OLD', '@1']
    expect(readNames(unlisted, HYPERLIQUID).names).toEqual(unlisted)
  })

  it('have near matches, first the one that differs in case alone', () => {
    expect(findNearMatches('kpepe', HYPERLIQUID)).toEqual(['KPEPE', 'kPEPE'])
    expect(findNearMatches('BTC/USTD', BINANCE)).toEqual(['BTCUSDT', 'BTCUSDC'])
    expect(findNearMatches('btc', BINANCE)).toEqual(['BTCUSDC', 'BTCUSDT', 'BTCUSDT_260327'])
    expect(findNearMatches('QQQQQQQQ', BINANCE)).toEqual([])
  })
})
