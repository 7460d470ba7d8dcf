import { BinaryRows } from '../../src/db/copy-binary.ts'
import { storable } from '../../src/db/journal-values.ts'
import { PayloadError } from '../../src/lib/errors.ts'
import { RunEventBus } from '../../src/lib/events.ts'
import { findFault } from '../../src/lib/model/candle-rules.ts'
import { isDecimal, toNumber } from '../../src/lib/model/decimal.ts'
import type { Candle, Dataset, RowOf } from '../../src/lib/model/market.ts'
import { DAY, intersect, MINUTE, totalSpan } from '../../src/lib/model/window.ts'
import { Job } from '../../src/lib/pipeline/job.ts'
import { tellRejected } from '../../src/lib/pipeline/tell-rejected.ts'
import type { FeedMessage } from '../../src/lib/venue/feed.ts'
import type { Listing, OddEntry } from '../../src/lib/venue/listing.ts'
import { isName } from '../../src/lib/venue/read-payload.ts'
import { type PageReading, sourceOf, WINDOW } from './readers.ts'

/** Throws where something that holds of everything read does not. */
function demand(isTrue: boolean, what: string): void {
  if (!isTrue) throw new Error(`not so: ${what}`)
}

const isTime = (time: unknown): boolean =>
  typeof time === 'number' && Number.isInteger(time) && time > Date.UTC(2017) && time < Date.UTC(2100)

/** Decimals of a row that may be below 0 are those of rates alone. */
function checkRow(dataset: Dataset, row: RowOf[Dataset]): void {
  demand(
    row.ts >= WINDOW.from && row.ts < WINDOW.to && row.ts % MINUTE === 0,
    `a minute of the window: ${row.ts}`,
  )
  for (const [field, value] of Object.entries(row)) {
    if (value === null || field === 'source' || field === 'method') continue
    if (field === 'rateType') demand(isName(value), 'a rate type that can be stored')
    else if (field === 'trades') demand(Number.isSafeInteger(value) && value >= 0, `a count: ${value}`)
    else if (typeof value === 'number') demand(isTime(value), `a time: ${field} ${value}`)
    else {
      demand(isDecimal(value) && value.length <= 64, `a decimal: ${field} ${value}`)
      demand(field === 'rate' || toNumber(value) >= 0, `not below nothing: ${field} ${value}`)
    }
  }
  if (dataset === 'ohlcv')
    demand(findFault(row as Candle) === undefined, `a sound candle: ${JSON.stringify(row)}`)
}

export function checkPage(dataset: Dataset, { parsed, page }: PageReading): void {
  for (const row of page.rows) checkRow(dataset, row)
  for (const { ts, reason } of parsed.rejected)
    demand(reason !== '' && (ts === undefined || isTime(ts)), `a reason and a time: ${reason} ${ts}`)
  if (dataset !== 'lq')
    demand(parsed.rows.length + parsed.rejected.length === parsed.count, 'each entry once')
  const kinds = [page.covered, page.missing, page.open, page.untrusted, page.broken]
  kinds.forEach((one, at) => {
    for (const other of kinds.slice(at + 1))
      demand(totalSpan(intersect(one, other)) === 0, 'a minute is of one kind')
  })
  // What is stored and told of it can be.
  BinaryRows.encode('binance', 'BTCUSDT', dataset, page.rows)
  const job = new Job(sourceOf(dataset), { symbol: 'BTCUSDT', isLive: true, listedSince: null })
  const events = new RunEventBus()
  events.on('failure', ({ details }) => void storable(details))
  const task = { job, window: WINDOW, kind: 'gap', attempt: 1, gapEnd: WINDOW.to } as const
  tellRejected(events, task, page.rejected, 'warning')
}

export function checkOdd(odd: readonly OddEntry[]): void {
  for (const { reason, name, entry } of odd) {
    demand(reason !== '' && (name === undefined || isName(name)), `a reason: ${reason}`)
    storable(entry)
  }
}

export function checkListing({ instruments, limits, odd }: Listing): void {
  checkOdd(odd)
  demand(new Set(instruments.map(({ symbol }) => symbol)).size === instruments.length, 'each symbol once')
  for (const one of instruments) {
    demand(isName(one.symbol), `a symbol: ${one.symbol}`)
    for (const text of [one.baseAsset, one.quoteAsset, one.contractType, one.status])
      demand(text === '' || isName(text), `a word: ${text}`)
    for (const time of [one.onboardTs, one.deliveryTs])
      demand(time === null || (Number.isSafeInteger(time) && time < Date.UTC(2200)), `a date: ${time}`)
    for (const size of [one.tickSize, one.stepSize])
      demand(size === null || toNumber(size) >= 0, `a size: ${size}`)
    storable(one.raw)
  }
  for (const limit of Object.values(limits))
    demand(Number.isSafeInteger(limit) && limit >= 100 && limit <= 1e9, `a limit: ${limit}`)
}

export function checkFrame(message: FeedMessage): void {
  if (message.kind === 'reply') {
    demand(message.id === null || Number.isSafeInteger(message.id), 'the number of a message')
    demand(message.error === undefined || message.error.length < 300, 'a short reason')
    return
  }
  if (message.kind === 'pong') return
  demand(message.eventTime === undefined || isTime(message.eventTime), `a time: ${message.eventTime}`)
  if (message.kind === 'other') return
  const { eventTime } = message
  const isNear = (time: number): boolean => isTime(time) && Math.abs(time - (eventTime ?? Number.NaN)) <= DAY
  demand(isName(message.symbol), `a symbol: ${message.symbol}`)
  if (message.kind === 'funding') demand(isNear(message.nextFundingTime), 'funding of today')
  if (message.kind === 'candle') {
    demand(isNear(message.openTime) && message.openTime % MINUTE === 0, 'a minute of today')
    demand(message.candle === undefined || findFault(message.candle) === undefined, 'a sound candle')
  }
  if (message.kind === 'liquidation') {
    const { ts, price, quantity, averagePrice, filled } = message.order
    demand(isNear(ts) && toNumber(price) > 0 && toNumber(quantity) > 0, 'a sound order')
    for (const value of [averagePrice, filled]) demand(value === null || toNumber(value) >= 0, 'a sound size')
  }
}

/** The one error that an answer may be refused with: told in few words, with a sample that can be stored. */
export function checkError(error: unknown): void {
  if (!(error instanceof PayloadError)) throw error
  demand(error.message.length < 1_000, `a short message: ${error.message.slice(0, 2_000)}`)
  demand(JSON.stringify(storable(error.details)).length < 2_000, 'a short sample')
}
