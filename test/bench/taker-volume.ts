import { spreadFlow } from '../../src/lib/derive/math/spread-volume.ts'
import { startBinanceSimulator } from '../../src/sim/binance/index.ts'
import { FEBRUARY, FEBRUARY_SYMBOLS, hasRecorded, recordedCandles, wireCandles } from '../helpers/recorded.ts'
import { type Part, quantile, tell } from './figure.ts'

const STEP = 300_000
const DECIMALS = 8

/** What one candle traded. */
interface Traded {
  readonly ts: number
  readonly volume: string
  readonly takerBuy: string
}

/**
 * Taker volume spread by weight against what the candles themselves tell, on months in which both are known: the sums
 * over five minutes must be the same to the digit, and it is told how far off single minutes are.
 */
export async function measureTakerVolume(): Promise<Part> {
  if (!hasRecorded) process.stderr.write('bench: g on seeded months, the recorded ones are not there\n')
  const months = hasRecorded ? FEBRUARY_SYMBOLS.map((symbol) => recordedCandles(symbol)) : await makeMonths()
  const steps = months.flatMap((lines) => [
    ...Map.groupBy(lines.map(readLine), ({ ts }) => Math.floor(ts / STEP)).values(),
  ])
  const off = steps.flatMap(compareStep)
  return {
    figures: [
      tell('g. weighted against own taker share, median minute', quantile(off, 0.5), 'points'),
      tell('g. the same, 90 of 100 minutes within', quantile(off, 0.9), 'points'),
    ],
    details: { months: hasRecorded ? 'recorded' : 'made', steps: steps.length, minutes: off.length },
  }
}

async function makeMonths(): Promise<string[][]> {
  const window = { from: Date.parse(FEBRUARY.since), to: Date.parse(FEBRUARY.until) }
  await using simulator = await startBinanceSimulator({ clock: { startAt: window.to } })
  return FEBRUARY_SYMBOLS.map((symbol) => wireCandles(symbol, simulator.truth.candles(symbol, window)))
}

function readLine(line: string): Traded {
  const [, ts, , , , , volume = '', , , takerBuy = ''] = line.split(',')
  return { ts: Number(ts), volume, takerBuy }
}

/** How far off the minutes of one step are, in percentage points of their volume; minutes without any are left out. */
function compareStep(candles: readonly Traded[]): number[] {
  const buys = candles.map(({ takerBuy }) => toUnits(takerBuy))
  const sells = candles.map(({ volume }, at) => toUnits(volume) - (buys[at] ?? 0n))
  const weights = candles.map(({ volume }) => volume)
  const spread = [buys, sells].map((own) => {
    const parts = spreadFlow(toText(sumOf(own)), weights).map(toUnits)
    if (sumOf(parts) !== sumOf(own))
      throw new Error(`the parts of ${candles[0]?.ts} add up to something else`)
    return parts
  })
  return candles.flatMap(({ volume }, at) => {
    const [buy, sell] = [Number(spread[0]?.[at]), Number(spread[1]?.[at])]
    const units = Number(toUnits(volume))
    return units === 0 ? [] : [Math.abs(buy / (buy + sell) - Number(buys[at]) / units) * 100]
  })
}

const sumOf = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n)

/** In whole units of the last decimal. */
function toUnits(text: string): bigint {
  const [whole = '', decimals = ''] = text.split('.')
  return BigInt(whole + decimals.padEnd(DECIMALS, '0'))
}

function toText(units: bigint): string {
  const digits = units.toString().padStart(DECIMALS + 1, '0')
  return `${digits.slice(0, -DECIMALS)}.${digits.slice(-DECIMALS)}`
}
