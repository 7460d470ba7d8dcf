import { parseJson } from '../../src/lib/http/attempt.ts'
import type { Dataset } from '../../src/lib/model/market.ts'
import { HOUR, type Window } from '../../src/lib/model/window.ts'
import { mergeAnswers } from '../../src/lib/pipeline/merge-answers.ts'
import { type Page, readPage, requireInside } from '../../src/lib/pipeline/page.ts'
import { doubtVague, forgetStrangeTimes } from '../../src/lib/pipeline/vague.ts'
import type { Listing, OddEntry } from '../../src/lib/venue/listing.ts'
import type { Endpoint } from '../../src/lib/venue/request.ts'
import type { ParsedRows, Question, Route } from '../../src/lib/venue/route.ts'
import { createBinanceFeed } from '../../src/venues/binance/stream/index.ts'
import { createVenue } from '../../src/venues/index.ts'
import { markets, START, SYMBOL } from '../helpers/valid-answers.ts'

export const WINDOW: Window = { from: START, to: START + 8 * HOUR }

const createSubject = () =>
  createVenue('binance', {
    binanceRestUrl: 'http://127.0.0.1:1',
    binanceWsUrl: 'ws://127.0.0.1:1',
    coinalyzeUrl: 'http://127.0.0.1:1',
    coinalyzeKey: 'k',
  })

/** Every parser of `venues`, each from the text of an answer on, as a run uses it. */
export const venue = createSubject()
/** What it learns from lists is forgotten. */
const listed = createSubject()

const feed = createBinanceFeed('ws://127.0.0.1')

export function sourceOf(dataset: Dataset, of = venue): Route {
  const sources: readonly Route[] = Object.values(of.routes)
  const source = sources.find((one) => one.dataset === dataset)
  if (!source) throw new Error(`binance has ${dataset}`)
  return source
}
sourceOf('lq').prepare?.parse(markets(1))

export interface PageReading {
  readonly parsed: ParsedRows<Dataset>
  readonly page: Page<Dataset>
}

function viewOf(source: Route): Window {
  return source.view?.(WINDOW, 1, WINDOW.to + HOUR) ?? WINDOW
}

/** A page as it is read in a run, from the text of the answer to one of its questions. */
export function readQuestion(dataset: Dataset, body: string, at = 0): PageReading {
  const source = sourceOf(dataset)
  const question: Question<Dataset> | undefined = source.questions[at]
  if (!question) throw new Error(`${dataset} has no question ${at}`)
  const view = viewOf(source)
  const request = question.request(SYMBOL, view)
  const found =
    question.scan?.(body) ??
    question.parse(
      parseJson({ body }, { request, keepsDigits: question.keepsDigits ?? false }),
      SYMBOL,
      WINDOW,
      view,
    )
  requireInside(source, SYMBOL, WINDOW, found.rows)
  const parsed = forgetStrangeTimes(found, WINDOW, source.stepMs)
  const terms = { now: WINDOW.to + HOUR, takesPartial: true }
  return { parsed, page: doubtVague(readPage(source, WINDOW, mergeAnswers([parsed]), terms), source) }
}

export function read<T>(endpoint: Endpoint<T>, body: string): T {
  return endpoint.parse(parseJson({ body }, endpoint))
}

export const readListing = (body: string): Listing => read(venue.listing, body)

export function readPrepared(which: 'funding' | 'markets', body: string): readonly OddEntry[] {
  const endpoint = which === 'funding' ? listed.prepare : sourceOf('lq', listed).prepare
  if (!endpoint) throw new Error(`nothing is prepared for ${which}`)
  return read(endpoint, body)
}

export function readNow(body: string) {
  const endpoint = venue.openInterestNow?.(SYMBOL, START + 60_000)
  if (!endpoint) throw new Error('binance tells open interest as it is now')
  return read(endpoint, body)
}

export function readFrame(text: string) {
  return feed.parse(Buffer.from(text))
}
