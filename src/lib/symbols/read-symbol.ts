import type { Instrument } from '../model/market.ts'
import { VENUE_SYMBOL } from './spelling.ts'

/** As much of an instrument as tells what people call it. */
export type Named = Pick<Instrument, 'symbol' | 'baseAsset' | 'quoteAsset' | 'contractType'>

/** What a written name means in a venue's list. */
export type Reading =
  | { readonly kind: 'listed'; readonly symbol: string }
  /** Written otherwise than the venue does, and it can only be this one. */
  | { readonly kind: 'taken'; readonly symbol: string }
  | { readonly kind: 'open'; readonly symbols: readonly string[] }
  | { readonly kind: 'unknown' }

const JOINTS = ['', '/', '-', '_']
/** `BTCUSDT.P`, `BTC-USDT-SWAP`, `BTCUSDT-PERP`. */
const PERPETUAL_SUFFIX = /(?:\.P|[-_.]?(?:PERP|SWAP))$/
/** What a venue calls the contracts of that kind. */
const PERPETUAL_TYPE = /perpetual|swap/i

/**
 * The one rule for names of instruments, the same for every venue: the venue's own name; else the same ignoring case;
 * else base and quote asset in any of the usual forms (`btc/usdt`, `BTC-USDT`, `BTCUSDT.P`, `BTC/USDT:USDT`,
 * `BTC-USDT-SWAP`), which mean the perpetual contract where there are others.
 */
export function readSymbol(written: string, listed: readonly Named[]): Reading {
  if (listed.some(({ symbol }) => symbol === written)) return { kind: 'listed', symbol: written }
  const name = written.toUpperCase()
  const alike = listed.filter(({ symbol }) => symbol.toUpperCase() === name)
  if (alike.length > 0) return chooseOne(alike)
  const [pair = '', settlement] = name.split(':')
  const body = pair.replace(PERPETUAL_SUFFIX, '')
  const isOfAssets = ({ baseAsset, quoteAsset }: Named): boolean => {
    const [base, quote] = [baseAsset.toUpperCase(), quoteAsset.toUpperCase()]
    const isSettled = settlement === undefined || settlement === quote
    return base !== '' && quote !== '' && isSettled && JOINTS.some((joint) => base + joint + quote === body)
  }
  const found = listed.filter(isOfAssets)
  const perpetual = found.filter(({ contractType }) => PERPETUAL_TYPE.test(contractType))
  const saysPerpetual = pair !== body || settlement !== undefined
  return chooseOne(perpetual.length > 0 || saysPerpetual ? perpetual : found)
}

function chooseOne(found: readonly Named[]): Reading {
  const [only, ...others] = found
  if (!only) return { kind: 'unknown' }
  if (others.length === 0) return { kind: 'taken', symbol: only.symbol }
  return { kind: 'open', symbols: found.map(({ symbol }) => symbol).toSorted() }
}

export interface ReadNames {
  /** To be asked for: symbols of the list, and such as may have been in it. `all` stays. */
  readonly names: readonly string[]
  /** `BTC/USDT is taken as BTCUSDT`. */
  readonly taken: readonly string[]
  readonly refused: readonly { readonly symbol: string; readonly reason: string }[]
}

/** All names of a run. */
export function readNames(written: readonly string[], listed: readonly Named[]): ReadNames {
  const isAlwaysUpper = listed.length > 0 && listed.every(({ symbol }) => symbol === symbol.toUpperCase())
  const names = new Set<string>()
  const taken: string[] = []
  const refused: { symbol: string; reason: string }[] = []
  for (const name of written) {
    const reading =
      name.toLowerCase() === 'all' ? ({ kind: 'listed', symbol: name } as const) : readSymbol(name, listed)
    if (reading.kind === 'open')
      refused.push({ symbol: name, reason: `it may be ${reading.symbols.join(' or ')}: name one of them` })
    else if (reading.kind !== 'unknown') names.add(reading.symbol)
    else if (VENUE_SYMBOL.test(name)) names.add(isAlwaysUpper ? name.toUpperCase() : name)
    else refused.push({ symbol: name, reason: 'no such symbol is listed' })
    if (reading.kind === 'taken') taken.push(`${name} is taken as ${reading.symbol}`)
  }
  return { names: [...names], taken, refused }
}
