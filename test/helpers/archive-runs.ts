import type { Sql } from '../../src/db/connect.ts'
import type { PriceDataset } from '../../src/lib/model/market.ts'
import type { Window } from '../../src/lib/model/window.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'
import { wireCandles } from './recorded.ts'
import { storedSnapshots, trueSnapshots } from './statistics-rows.ts'

type Truth = VenueSimulator['truth']
const MINUTE = 60_000
const MINUTES = [0, 1, 2, 3, 4].map((at) => at * MINUTE)

async function readLines(rows: Promise<readonly { line: string }[]>): Promise<string[]> {
  return (await rows).map(({ line }) => line).toSorted()
}

/** All funding rates: `symbol,ms,rate,stamp`, sorted. */
export const storedFunding = (sql: Sql): Promise<string[]> =>
  readLines(sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, rate,
      (extract(epoch from venue_ts) * 1000)::bigint) as line from funding_rates`)

/** The settlements of the window, which are stamped around their minute, in the same form. */
export const trueFunding = (truth: Truth, symbol: string, { from, to }: Window): string[] =>
  truth
    .funding(symbol, { from: from - MINUTE / 2, to: to - MINUTE / 2 })
    .map(({ fundingTime, fundingRate }) =>
      [symbol, Math.round(fundingTime / MINUTE) * MINUTE, fundingRate, fundingTime].join(','),
    )
    .toSorted()

const PRICES = ['mark', 'index', 'premium'] as const satisfies readonly PriceDataset[]
const TABLES = { mark: 'mark_prices', index: 'index_prices', premium: 'premium_index' } as const

/** All candles of the three prices: `dataset,symbol,ms,open,high,low,close`, sorted. */
export async function storedPrices(sql: Sql): Promise<string[]> {
  const lines: string[] = []
  for (const dataset of PRICES)
    lines.push(
      ...(await readLines(sql<{ line: string }[]>`
        select concat_ws(',', ${dataset}::text, symbol, (extract(epoch from ts) * 1000)::bigint, open, high, low, close)
          as line from ${sql(TABLES[dataset])}`)),
    )
  return lines.toSorted()
}

/** Those that open in the window, in the same form. */
export const truePrices = (truth: Truth, symbol: string, window: Window): string[] =>
  PRICES.flatMap((dataset) =>
    wireCandles(symbol, truth.prices(dataset, symbol, window)).map((line) =>
      [dataset, ...line.split(',').slice(0, 6)].join(','),
    ),
  ).toSorted()

/** All rows of open interest without zeros that say nothing: `symbol,ms,contracts,value,sampled ms`, sorted. */
export const storedInterest = (sql: Sql): Promise<string[]> =>
  readLines(sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, trim_scale(open_interest),
      trim_scale(open_interest_value), (extract(epoch from sampled_at) * 1000)::bigint) as line from open_interest`)

const trim = (value: string): string => value.replace(/\.?0+$/, '')

/** What the API tells of it, in the same form. */
export const interestLines = (symbol: string, rows: ReturnType<Truth['openInterest']>): string[] =>
  rows
    .flatMap(({ timestamp, sumOpenInterest, sumOpenInterestValue }) =>
      MINUTES.map((offset) =>
        [
          symbol,
          Number(timestamp) + offset,
          trim(sumOpenInterest),
          trim(sumOpenInterestValue),
          timestamp,
        ].join(','),
      ),
    )
    .toSorted()

/** All rows of ratios: `symbol,ms,global,top accounts,top positions,shares,sampled ms`, sorted. */
export const storedRatios = (sql: Sql): Promise<string[]> =>
  readLines(sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, global_account_ratio, top_account_ratio,
      top_position_ratio, num_nonnulls(global_long_account, global_short_account, top_long_account, top_short_account,
      top_long_position, top_short_position), (extract(epoch from sampled_at) * 1000)::bigint) as line
    from long_short_ratio`)

/** What the archive tells of them, in the same form: all decimals, and no shares. */
export const metricLines = (symbol: string, rows: ReturnType<Truth['metrics']>): string[] =>
  rows
    .flatMap(({ at, globalAccountRatio, topAccountRatio, topPositionRatio }) =>
      MINUTES.map((offset) =>
        [symbol, at + offset, globalAccountRatio, topAccountRatio, topPositionRatio, 0, at].join(','),
      ),
    )
    .toSorted()

/** What lies in files of metrics: `oi,…` and `lsr,…`, sorted; ratios with their shares, where these are known. */
export const storedMetrics = async (sql: Sql): Promise<string[]> => [
  ...(await storedSnapshots(sql)).filter((line) => line.startsWith('lsr,')),
  ...(await storedInterest(sql)).map((line) => `oi,${line}`),
]

/** The same of the venue's truth; ratios as the API tells them where it was asked for them. */
export function trueMetrics(
  truth: Truth,
  symbol: string,
  window: Window,
  asked: readonly Window[],
): string[] {
  const isAsked = (line: string): boolean =>
    asked.some(({ from, to }) => timeOf(line) >= from && timeOf(line) < to)
  const fromFiles = truth
    .metrics(symbol, window)
    .flatMap(({ at, globalAccountRatio, topAccountRatio, topPositionRatio }) => {
      const ratios = [globalAccountRatio, topAccountRatio, topPositionRatio]
      const cells = ratios.flatMap((ratio) => [ratio, 'null', 'null'])
      return MINUTES.map((offset) => ['lsr', symbol, at + offset, ...cells, at].join(','))
    })
  const fromApi = trueSnapshots(truth, symbol, window).filter((line) => line.startsWith('lsr,'))
  const ratios = [...fromFiles.filter((line) => !isAsked(line)), ...fromApi.filter(isAsked)]
  const interest = interestLines(symbol, truth.openInterest(symbol, window))
  return [...ratios.toSorted(), ...interest.map((line) => `oi,${line}`)]
}

/** Of a line that begins with dataset and symbol. */
export const timeOf = (line: string): number => Number(line.split(',')[2])
