import type { Fetched, VenueClient } from '../http/venue-client.ts'
import type { Dataset } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import type { ParsedRows, Question } from '../venue.ts'

/** How long a question waits for others of the same window. */
const LINGER = 25

type Answers = ReadonlyMap<string, ParsedRows<Dataset>>

interface Batch {
  readonly symbols: Map<string, (payload: unknown) => ParsedRows<Dataset>>
  readonly answer: Promise<Fetched<Answers>>
  readonly send: () => void
}

/** Puts questions of the same window for several symbols into one request, where an interface takes them so. */
export class Batcher {
  readonly #open = new Map<string, Batch>()

  /** `parse` reads the answer for one symbol; where it throws, the whole request is tried again. */
  async fetch(
    { symbol, view, parse }: BatchEntry,
    batch: NonNullable<Question<Dataset>['batch']>,
    client: VenueClient,
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
    if (!own) throw new TypeError(`no answer for ${symbol} in its batch`)
    return { ...fetched, value: own, isFirst }
  }

  #begin(
    key: string,
    view: Window,
    batch: NonNullable<Question<Dataset>['batch']>,
    client: VenueClient,
    { keepsDigits, signal }: { readonly keepsDigits: boolean; readonly signal: AbortSignal },
  ): Batch {
    const symbols: Batch['symbols'] = new Map()
    const full = Promise.withResolvers<void>()
    const timer = setTimeout(full.resolve, LINGER)
    const answer = full.promise.then(() => {
      clearTimeout(timer)
      if (this.#open.get(key) === opened) this.#open.delete(key)
      const request = batch.request([...symbols.keys()], view)
      const parse = (payload: unknown): Answers =>
        new Map([...symbols].map(([symbol, read]) => [symbol, read(payload)]))
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
