import { PayloadError } from '../errors.ts'
import type { Fetched, Requester } from '../http/venue-client.ts'
import type { Dataset } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { ParsedRows, Question } from '../venue/route.ts'

/** How long a question waits for others of the same window. */
const LINGER = 25

/** Undefined for a part that could not be read. */
type Answers = ReadonlyMap<string, ParsedRows<Dataset> | undefined>

interface Batch {
  readonly symbols: Map<string, (payload: unknown) => ParsedRows<Dataset>>
  readonly answer: Promise<Fetched<Answers>>
  readonly send: () => void
}

/**
 * Puts questions of the same window for several symbols into one request, where an interface takes them so. A symbol
 * whose part of a good answer is not what was promised is asked for again alone: it must not fail the others.
 */
export class Batcher {
  readonly #open = new Map<string, Batch>()

  /** `parse` reads the answer for one symbol; where it throws, the whole request is tried again. */
  async fetch(
    { symbol, view, parse }: BatchEntry,
    batch: NonNullable<Question<Dataset>['batch']>,
    client: Requester,
    endpoint: { readonly keepsDigits: boolean; readonly signal: AbortSignal },
  ): Promise<Fetched<ParsedRows<Dataset>> & { readonly isFirst: boolean }> {
    const key = `${view.from} ${view.to}`
    const known = this.#open.get(key)
    const hasRoom = known !== undefined && known.symbols.size < batch.most && !known.symbols.has(symbol)
    const joined = hasRoom ? known : this.#begin(key, view, batch, client, endpoint)
    joined.symbols.set(symbol, parse)
    const isFirst = joined.symbols.size === 1
    if (joined.symbols.size >= batch.most) joined.send()
    const { value, ...fetched } = await joined.answer
    const own = value.get(symbol)
    if (own) return { ...fetched, value: own, isFirst }
    const request = batch.request([symbol], view)
    const { keepsDigits, signal } = endpoint
    return { ...(await client.fetch({ request, parse, keepsDigits }, signal)), isFirst: true }
  }

  #begin(
    key: string,
    view: Window,
    batch: NonNullable<Question<Dataset>['batch']>,
    client: Requester,
    { keepsDigits, signal }: { readonly keepsDigits: boolean; readonly signal: AbortSignal },
  ): Batch {
    const symbols: Batch['symbols'] = new Map()
    const full = Promise.withResolvers<void>()
    const timer = setTimeout(full.resolve, LINGER)
    const answer = full.promise.then(() => {
      clearTimeout(timer)
      if (this.#open.get(key) === opened) this.#open.delete(key)
      const request = batch.request([...symbols.keys()], view)
      const parse = (payload: unknown): Answers => readParts(symbols, payload)
      return client.fetch({ request, parse, keepsDigits }, signal)
    })
    const opened: Batch = { symbols, answer, send: full.resolve }
    this.#open.set(key, opened)
    return opened
  }
}

export interface BatchEntry {
  readonly symbol: string
  readonly view: Window
  readonly parse: (payload: unknown) => ParsedRows<Dataset>
}

/** Throws what is wrong with the answer where no part of it can be read. */
function readParts(symbols: Batch['symbols'], payload: unknown): Answers {
  const answers = new Map<string, ParsedRows<Dataset> | undefined>()
  let failure: PayloadError | undefined
  for (const [symbol, read] of symbols) {
    try {
      answers.set(symbol, read(payload))
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      failure = error
      answers.set(symbol, undefined)
    }
  }
  if (failure && answers.values().every((answer) => answer === undefined)) throw failure
  return answers
}
