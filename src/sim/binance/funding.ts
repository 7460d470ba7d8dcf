import type { RowShape } from '../core/answer.ts'
import type { PageQuery } from '../core/candle-source.ts'

export interface FundingRow {
  readonly symbol: string
  readonly fundingTime: number
  readonly fundingRate: string
  /** Empty on old rows. */
  readonly markPrice: string
  readonly rateType?: 'Regular' | 'Special'
}

export const FUNDING_SHAPE: RowShape = { time: 'fundingTime', values: ['fundingRate', 'markPrice'] }

/** Of rows in ascending order, those that the query's limit leaves. */
export const takeEnd = <Row>(rows: readonly Row[], { limit, end }: PageQuery): Row[] =>
  end === 'oldest' ? rows.slice(0, limit) : rows.slice(Math.max(0, rows.length - limit))

/** The settlements of each symbol. */
export interface FundingSource {
  /** Ascending; the query's times are those of the settlements as sent. */
  rows(symbol: string, query: PageQuery): FundingRow[]
  /** Hours between settlements at that time; undefined where there is no funding. */
  hoursAt(symbol: string, ts: number): number | undefined
}
