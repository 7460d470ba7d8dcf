import type { Sql } from '../../src/db/connect.ts'
import { MINUTE, type Window } from '../../src/lib/model/window.ts'
import type { RatioKind } from '../../src/sim/core/simulator.ts'
import type { VenueSimulator } from '../../src/sim/index.ts'

type Truth = VenueSimulator['truth']

/** A snapshot holds for five minutes. */
const MINUTES = [0, 1, 2, 3, 4].map((at) => at * MINUTE)

/** In the order of the columns: `…_ratio`, `…_long_…`, `…_short_…` of each. */
const RATIO_KINDS: readonly RatioKind[] = ['global-account', 'top-account', 'top-position']

async function readLines(rows: Promise<readonly { line: string }[]>): Promise<string[]> {
  return (await rows).map(({ line }) => line).toSorted()
}

/** All rows of open interest and of the ratios: `oi,symbol,ms,…,sampled ms` and `lsr,symbol,ms,…,sampled ms`, sorted. */
export const storedSnapshots = (sql: Sql): Promise<string[]> =>
  readLines(sql<{ line: string }[]>`
    select concat_ws(',', 'oi', symbol, (extract(epoch from ts) * 1000)::bigint, open_interest, open_interest_value,
      (extract(epoch from sampled_at) * 1000)::bigint) as line from open_interest
    union all
    select concat_ws(',', 'lsr', symbol, (extract(epoch from ts) * 1000)::bigint,
      coalesce(global_account_ratio::text, 'null'), coalesce(global_long_account::text, 'null'),
      coalesce(global_short_account::text, 'null'), coalesce(top_account_ratio::text, 'null'),
      coalesce(top_long_account::text, 'null'), coalesce(top_short_account::text, 'null'),
      coalesce(top_position_ratio::text, 'null'), coalesce(top_long_position::text, 'null'),
      coalesce(top_short_position::text, 'null'), (extract(epoch from sampled_at) * 1000)::bigint)
    from long_short_ratio`)

/** The snapshots whose time lies in the window, in the same form: one line for each minute from its time on. */
export function trueSnapshots(truth: Truth, symbol: string, window: Window): string[] {
  const interest = truth
    .openInterest(symbol, window)
    .flatMap(({ timestamp, sumOpenInterest, sumOpenInterestValue }) =>
      spread('oi', symbol, Number(timestamp), [sumOpenInterest, sumOpenInterestValue]),
    )
  return [...interest, ...trueRatios(truth, symbol, window)]
}

function trueRatios(truth: Truth, symbol: string, window: Window): string[] {
  const nothing = RATIO_KINDS.flatMap(() => ['null', 'null', 'null'])
  const byTime = new Map<number, string[]>()
  RATIO_KINDS.forEach((kind, at) => {
    for (const { timestamp, longShortRatio, longAccount, shortAccount } of truth.ratios(
      kind,
      symbol,
      window,
    )) {
      const known = byTime.get(Number(timestamp)) ?? nothing
      byTime.set(Number(timestamp), known.toSpliced(at * 3, 3, longShortRatio, longAccount, shortAccount))
    }
  })
  return [...byTime].flatMap(([ts, values]) => spread('lsr', symbol, ts, values))
}

const spread = (table: string, symbol: string, ts: number, values: readonly string[]): string[] =>
  MINUTES.map((offset) => [table, symbol, ts + offset, ...values, ts].join(','))

/** All rows of liquidations: `symbol,ms,source,long,short`, sorted. */
export const storedLiquidations = (sql: Sql): Promise<string[]> =>
  readLines(sql<{ line: string }[]>`
    select concat_ws(',', symbol, (extract(epoch from ts) * 1000)::bigint, source, long_volume, short_volume) as line
    from liquidations`)

export const trueLiquidations = (truth: Truth, symbol: string, window: Window): string[] =>
  truth
    .liquidations(symbol, window)
    .map(({ t, long, short }) => [symbol, t, 'coinalyze', long, short].join(','))
