import fc from 'fast-check'
import type { Dataset } from '../../src/lib/model/market.ts'
import { DAY } from '../../src/lib/model/window.ts'
import { judge } from '../../src/venues/binance/answers.ts'
import { scanKlines } from '../../src/venues/binance/scan-klines.ts'
import { parseFully } from '../../src/venues/binance/stream/parse-frame.ts'
import { scanOpenCandle } from '../../src/venues/binance/stream/scan-open-candle.ts'
import { createCoinalyzeApi } from '../../src/venues/coinalyze/index.ts'
import * as valid from '../helpers/valid-answers.ts'
import { hostileTexts } from './hostile-json.ts'
import { read, readFrame, readListing, readNow, readPrepared, readQuestion, venue } from './readers.ts'
import { checkError, checkFrame, checkListing, checkOdd, checkPage } from './rules.ts'

/** One parser, texts for it, and what has to hold of what it makes of one. */
interface Subject {
  readonly name: string
  readonly texts: fc.Arbitrary<string>
  readonly check: (text: string) => void
}

const some = (make: (count: number) => unknown, most = 40): fc.Arbitrary<string> =>
  hostileTexts(fc.integer({ min: 1, max: most }).map(make))

/** Nothing else ever comes of an answer: what keeps the rules, or a `PayloadError`. */
const orRefused =
  (check: (text: string) => void) =>
  (text: string): void => {
    try {
      check(text)
    } catch (error) {
      checkError(error)
    }
  }

const page = (
  dataset: Dataset,
  make: (count: number) => unknown,
  { at = 0, most = 40 }: { readonly at?: number; readonly most?: number } = {},
): Subject => ({
  name: `${dataset} ${at}`,
  texts: some(make, most),
  check: orRefused((text) => checkPage(dataset, readQuestion(dataset, text, at))),
})

const frames = fc.oneof(
  ...[valid.orderFrame, valid.markPriceFrame, valid.contractFrame, valid.replyFrame].map((make) =>
    fc.constant(null).map(make),
  ),
  fc.boolean().map(valid.klineFrame),
)
const wrapped = fc
  .tuple(frames, fc.boolean())
  .map(([data, isBare]) => (isBare ? data : { stream: 'x', data }))

function checkVerdict(text: string): void {
  const [status = 429, body = '', retryAfter = '', date = ''] = JSON.parse(text)
  const answer = { status, headers: { 'retry-after': retryAfter, date }, body }
  for (const verdict of [
    judge(answer),
    createCoinalyzeApi({ baseUrl: 'http://x', key: '' }).judge(answer, () => undefined),
  ]) {
    if (verdict.kind !== 'pause') continue
    const { forMs = 1 } = verdict
    if (!(forMs >= 0 && forMs <= 3 * DAY)) throw new Error(`a pause of ${forMs} ms`)
  }
}

const WAITS = [
  '5',
  '0',
  '-1',
  '0.5',
  '1e309',
  '9'.repeat(400),
  'soon',
  '',
  'Fri, 31 Dec 9999 00:00:00 GMT',
  'NaN',
]
const errors = hostileTexts(
  fc.constantFrom(
    { code: -1003, msg: 'Way too many requests; IP(1.2.3.4) banned until 1746327239762.' },
    { code: -1121, msg: 'Invalid symbol.' },
    { msg: 'banned until 99999999999999999999', code: {} },
  ),
)
const refusals = fc
  .tuple(
    fc.constantFrom(200, 202, 400, 401, 403, 404, 418, 429, 451, 500, 503),
    errors,
    fc.constantFrom(...WAITS),
    fc.constantFrom(...WAITS),
  )
  .map((parts) => JSON.stringify(parts))

function checkScan(text: string): void {
  const scanned = scanKlines(text)
  if (!scanned) return
  const [question] = venue.routes.ohlcv?.questions ?? []
  const window = { from: 0, to: Number.MAX_SAFE_INTEGER }
  const parsed = question?.parse(JSON.parse(text), valid.SYMBOL, window, window)
  if (JSON.stringify(parsed) !== JSON.stringify(scanned)) throw new Error('the two readings differ')
}

function checkFrameScan(text: string): void {
  const frame = Buffer.from(text)
  const scanned = scanOpenCandle(frame)
  if (scanned && JSON.stringify(parseFully(frame)) !== JSON.stringify(scanned))
    throw new Error('the two readings differ')
}

export const SUBJECTS: readonly Subject[] = [
  page('ohlcv', valid.klines),
  page('funding', valid.fundingRates, { most: 8 }),
  page('oi', valid.openInterests),
  page('lsr', valid.ratios),
  page('lsr', valid.ratios, { at: 2 }),
  page('tv', valid.takerVolumes),
  page('lq', valid.liquidations),
  { name: 'the quick reading of klines', texts: some(valid.klines, 4), check: checkScan },
  { name: 'open interest now', texts: some(valid.openInterestNow), check: orRefused(readNow) },
  { name: 'time', texts: some(valid.serverTime), check: orRefused((text) => void read(venue.probe, text)) },
  {
    name: 'listing',
    texts: some(valid.exchangeInfo),
    check: orRefused((text) => checkListing(readListing(text))),
  },
  ...(['funding', 'markets'] as const).map((which) => ({
    name: `list of ${which}`,
    texts: some(which === 'funding' ? valid.fundingInfo : valid.markets),
    check: orRefused((text: string) => checkOdd(readPrepared(which, text))),
  })),
  { name: 'frames', texts: hostileTexts(wrapped), check: orRefused((text) => checkFrame(readFrame(text))) },
  {
    name: 'the quick reading of frames',
    texts: hostileTexts(fc.constant(valid.klineFrame(false))),
    check: checkFrameScan,
  },
  { name: 'verdicts', texts: refusals, check: checkVerdict },
]

/** Throws with the text that shows it, where a parser does what none may do. */
export function fuzz({ texts, check }: Subject, runs: number, seed?: number): void {
  fc.assert(fc.property(texts, check), { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
}
