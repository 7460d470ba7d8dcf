import { once } from 'node:events'
import type { ConnectionState, OnFeedMessage } from '../feed/events.ts'
import { OddEntries } from '../http/odd-entries.ts'
import { floorTo, MINUTE, SECOND } from '../model/window.ts'
import { FeedWatch } from './feed-watch.ts'
import type { StreamFigures } from './figures.ts'
import { Intake } from './intake.ts'
import { ListingWatch } from './listing-watch.ts'
import { LiveParts } from './live-parts.ts'
import type { LiveFeed, LiveStreamOptions } from './live-stream-options.ts'
import { type LoopWork, runLoop } from './loop.ts'
import { OpenInterestPoll } from './open-interest-poll.ts'
import { Universe } from './universe.ts'

/** At the end what is under way gets so long. */
const LAST_MOMENT = SECOND
/** Of each symbol that is listed something comes every few seconds. */
const SILENCE = MINUTE

/** Keeps symbols full while they trade: what the feed brings, and a repair of everything it does not. */
export class LiveStream {
  readonly #options: LiveStreamOptions
  readonly #abort = new AbortController()
  readonly #parts: LiveParts
  readonly #intake: Intake
  readonly #listings: ListingWatch
  #feed: LiveFeed | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(options: LiveStreamOptions) {
    this.#options = options
    this.#parts = new LiveParts(options, {
      signal: AbortSignal.any([options.signal, this.#abort.signal]),
      lastEventOf: (connection) => this.#find(connection)?.lastEventTime,
      onSilent: (names) => this.#renewSilent(names),
    })
    this.#listings = this.#createListings()
    this.#intake = this.#createIntake()
  }

  get figures(): StreamFigures {
    const connections = this.#feed?.connections ?? []
    const { p50, p99 } = this.#parts.lag.figures()
    return {
      symbols: this.#parts.symbols.names.length,
      connections: connections.length,
      live: connections.filter(({ state }) => state === 'live').length,
      frames: this.#intake.counts.frames,
      lagP50: p50,
      lagP99: p99,
      corrected: this.#parts.store.corrected + this.#parts.commits.yielded,
      duplicates: this.#intake.counts.duplicates,
      disconnects: this.#parts.disconnects.count,
      spooled: this.#parts.writer.spooled,
      missingMinutes: this.#parts.healer.missingMinutes,
      repairing: this.#parts.healer.repairing,
      lastDisconnect: this.#parts.disconnects.last,
    }
  }

  /**
   * Runs until the signal, and then ends with everything in hand in the database, or on the disk. Throws only what is
   * wrong with the program.
   */
  async run(): Promise<void> {
    const { clock, signal, events, symbols, heardFrom } = this.#options
    const poll = this.#createPoll()
    this.#parts.history.add(symbols, floorTo(heardFrom, MINUTE))
    this.#feed = this.#openFeed()
    const ended = AbortSignal.any([signal, this.#abort.signal])
    const every = (name: string, everyMs: number, work: LoopWork): Promise<void> =>
      runLoop({ name, everyMs, clock, events, signal: ended }, work).catch((error: unknown) =>
        this.#fail(error),
      )
    const ticker = setInterval(() => this.#tell(), SECOND)
    const work = Promise.all([
      every('history', SECOND, () => this.#whileDirect(() => this.#parts.history.look())),
      every('repair of candles', SECOND, () => this.#parts.healer.look()),
      every('funding', 5 * SECOND, () => this.#parts.funding.look()),
      every('sums of liquidations', SECOND, () => this.#parts.liquidations.sum()),
      every('indicators', SECOND, () => this.#parts.indicators.make()),
      every('the list of symbols', SECOND, () => this.#listings.look()),
      every('check of closed candles', SECOND, () => this.#whileDirect(() => this.#parts.recheck.look())),
      every('the time of the venue', MINUTE, () => this.#parts.context.readVenueTime(ended)),
      ...(poll ? [every('open interest', SECOND, () => poll.look())] : []),
    ])
    if (!ended.aborted) await once(ended, 'abort')
    clearInterval(ticker)
    await this.#end(work)
    if (this.#failure) throw this.#failure.error
  }

  #tell(): void {
    const { events } = this.#options
    events.emit('stream:figures', this.figures)
    if (!events.hasListeners('stream:symbols')) return
    const symbols = this.#parts.symbols.all.map(({ symbol, price, book }) => ({
      symbol,
      price,
      doneUntil: book.doneUntil,
    }))
    events.emit('stream:symbols', { symbols, now: this.#parts.time.now() })
  }

  #createIntake(): Intake {
    return new Intake({
      symbols: this.#parts.symbols,
      time: this.#parts.time,
      add: (pending) => this.#parts.writer.add(pending),
      onOrder: (ts) => this.#parts.liquidations.note(ts),
      onFunding: (symbol, time) => this.#parts.funding.observe(symbol, time),
      onListing: () => this.#listings.poke(),
    })
  }

  #createListings(): ListingWatch {
    const { clock, readListing, findChanges, release, events } = this.#options
    const odd = new OddEntries(events)
    const universe = new Universe({
      symbols: this.#parts.symbols,
      events,
      venueNow: this.#parts.context.venueNow,
      findChanges,
      release,
      onChange: (names, added) => {
        this.#feed?.setSymbols(names)
        this.#parts.history.add(added, floorTo(this.#parts.time.now(), MINUTE))
      },
    })
    return new ListingWatch(clock, readListing, async (listing) => {
      odd.tell(await this.#parts.store.saveInstruments(listing.instruments, this.#parts.time.now()))
      await universe.adopt(listing)
    })
  }

  async #whileDirect(work: () => Promise<void>): Promise<void> {
    if (this.#parts.writer.isDirect) await work()
  }

  #openFeed(): LiveFeed {
    const { openFeed, events } = this.#options
    const watch = new FeedWatch({
      events,
      observed: this.#parts.observed,
      disconnects: this.#parts.disconnects,
      venueNow: this.#parts.context.venueNow,
    })
    const feed = openFeed(
      (message, receivedAt) => this.#take(message, receivedAt),
      (event) => watch.note(event),
    )
    feed.setSymbols(this.#parts.symbols.names)
    return feed
  }

  #take(...[message]: Parameters<OnFeedMessage>): void {
    try {
      this.#intake.take(message)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#abort.abort(error)
  }

  /** Nothing here waits for a database or a venue that does not answer. */
  async #end(work: Promise<unknown>): Promise<void> {
    this.#parts.observed.endAll()
    await within(LAST_MOMENT, this.#feed?.close())
    this.#parts.disconnects.close(this.#parts.time.now())
    const wasDirect = this.#parts.writer.isDirect
    await Promise.all([this.#parts.writer.close(), within(LAST_MOMENT, work)])
    if (wasDirect && this.#parts.writer.isDirect)
      await within(LAST_MOMENT, this.#parts.liquidations.sum(true))
    this.#options.events.emit('stream:figures', this.figures)
  }

  #createPoll(): OpenInterestPoll | undefined {
    if (!this.#options.pollsOpenInterest) return undefined
    return new OpenInterestPoll({
      ...this.#parts.context,
      client: this.#options.client,
      writer: this.#parts.writer,
      symbols: () => this.#parts.symbols.names,
    })
  }

  #find(connection: number): ConnectionState | undefined {
    return this.#feed?.connections.find((one) => one.connection === connection)
  }

  /** The connection delivers, and nothing comes of one symbol, not even its price: subscribed once more. */
  #renewSilent(names: readonly string[]): void {
    const since = this.#parts.time.now() - SILENCE
    const silent = names.filter((name) => (this.#parts.symbols.find(name)?.heardAt ?? since) < since)
    if (silent.length > Math.max(1, this.#parts.symbols.names.length / 10)) return
    for (const name of silent) this.#feed?.renew(name)
  }
}

/** Waits for work, or no longer. What it fails with is told elsewhere. */
async function within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(timeout.resolve, ms)
  await Promise.race([timeout.promise, Promise.resolve(work).catch(() => {})])
  clearTimeout(timer)
}
