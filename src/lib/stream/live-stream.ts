import { once } from 'node:events'
import type { ConnectionState, OnFeedMessage } from '../feed/events.ts'
import { floorTo, MINUTE, SECOND, type Window } from '../model/window.ts'
import { CandleHealer } from './candle-healer.ts'
import { CommitWatch } from './commit-watch.ts'
import { Disconnects } from './disconnects.ts'
import { FeedWatch } from './feed-watch.ts'
import type { StreamFigures } from './figures.ts'
import { FundingWatch } from './funding-watch.ts'
import type { HealContext } from './heal.ts'
import { HealingStore } from './healing-store.ts'
import { HistoryFill } from './history-fill.ts'
import { Indicators } from './indicators.ts'
import { Intake } from './intake.ts'
import { Lag } from './lag.ts'
import { LiquidationMinutes } from './liquidation-minutes.ts'
import { ListingWatch } from './listing-watch.ts'
import type { LiveFeed, LiveStreamOptions } from './live-stream-options.ts'
import { LiveSymbols } from './live-symbols.ts'
import { type LoopWork, runLoop } from './loop.ts'
import { ObservedTime } from './observed-time.ts'
import { OpenInterestPoll } from './open-interest-poll.ts'
import { createQuietEvents } from './quiet-events.ts'
import { Recheck } from './recheck.ts'
import { StreamWriter } from './stream-writer.ts'
import { Universe } from './universe.ts'
import { VenueTime } from './venue-time.ts'

/** At the end what is under way gets so long. */
const LAST_MOMENT = SECOND
/** Of each symbol that is listed something comes every few seconds. */
const SILENCE = MINUTE

/** Keeps symbols full while they trade: what the feed brings, and a repair of everything it does not. */
export class LiveStream {
  readonly #options: LiveStreamOptions
  readonly #abort = new AbortController()
  readonly #symbols = new LiveSymbols()
  readonly #time: VenueTime
  readonly #store: HealingStore
  readonly #context: HealContext
  readonly #writer: StreamWriter
  readonly #intake: Intake
  readonly #healer: CandleHealer
  readonly #indicators: Indicators
  readonly #liquidations: LiquidationMinutes
  readonly #funding: FundingWatch
  readonly #observed: ObservedTime
  readonly #disconnects: Disconnects
  readonly #lag: Lag
  readonly #listings: ListingWatch
  readonly #recheck: Recheck
  readonly #history: HistoryFill
  readonly #commits: CommitWatch
  #feed: LiveFeed | undefined
  #failure: { readonly error: unknown } | undefined

  constructor(options: LiveStreamOptions) {
    this.#options = options
    const { events, clock, now, symbols } = options
    this.#time = new VenueTime(clock, now)
    this.#store = new HealingStore(options.store)
    this.#context = this.#createContext()
    this.#disconnects = new Disconnects(events)
    this.#observed = new ObservedTime((number) => this.#find(number)?.lastEventTime)
    this.#lag = new Lag(options.heartbeatMs, () => clock.now())
    for (const symbol of symbols) this.#symbols.add(symbol, floorTo(now, MINUTE))
    this.#writer = new StreamWriter({
      store: options.liveStore,
      spool: options.spool,
      events,
      clock,
      onWritten: (pending, result) => this.#commits.noteWritten(pending, result),
      onDropped: (commits) => this.#commits.noteDropped(commits),
    })
    this.#indicators = new Indicators({
      context: this.#context,
      candles: options.candles,
      volumes: options.volumes,
      period: options.period,
      isDirect: () => this.#writer.isDirect,
      isFilling: () => this.#history.isFilling,
    })
    this.#commits = new CommitWatch({
      symbols: this.#symbols,
      observed: this.#observed,
      indicators: this.#indicators,
      lag: this.#lag,
      venueNow: this.#context.venueNow,
    })
    this.#healer = new CandleHealer({
      context: this.#context,
      symbols: this.#symbols,
      writer: this.#writer,
      onHealed: (names, window) => this.#indicators.noteRepair(names, window),
      onSilent: (names) => this.#renewSilent(names),
    })
    this.#liquidations = new LiquidationMinutes({
      sums: options.sums,
      observed: this.#observed,
      symbols: () => this.#symbols.names,
      venueNow: () => this.#time.now(),
      flush: () => this.#writer.flush().then(() => this.#writer.isDirect),
      from: floorTo(now, MINUTE),
    })
    this.#funding = new FundingWatch(this.#context, this.#symbols)
    const onRepaired = (names: readonly string[], window: Window): void =>
      this.#indicators.noteRepair(names, window)
    this.#history = new HistoryFill(this.#context, options.since, onRepaired)
    this.#recheck = new Recheck(this.#context, this.#symbols, options.recheckMs, onRepaired)
    this.#listings = this.#createListings()
    this.#intake = new Intake({
      symbols: this.#symbols,
      time: this.#time,
      add: (pending) => this.#writer.add(pending),
      onOrder: (ts) => this.#liquidations.note(ts),
      onFunding: (symbol, time) => this.#funding.observe(symbol, time),
      onListing: () => this.#listings.poke(),
    })
  }

  get figures(): StreamFigures {
    const connections = this.#feed?.connections ?? []
    const { p50, p99 } = this.#lag.figures()
    return {
      symbols: this.#symbols.names.length,
      connections: connections.length,
      live: connections.filter(({ state }) => state === 'live').length,
      frames: this.#intake.counts.frames,
      lagP50: p50,
      lagP99: p99,
      corrected: this.#store.corrected + this.#commits.yielded,
      duplicates: this.#intake.counts.duplicates,
      disconnects: this.#disconnects.count,
      spooled: this.#writer.spooled,
      missingMinutes: this.#healer.missingMinutes,
    }
  }

  /**
   * Runs until the signal, and then ends with everything in hand in the database, or on the disk. Throws only what is
   * wrong with the program.
   */
  async run(): Promise<void> {
    const { clock, signal, events } = this.#options
    const { openFeed, symbols, now } = this.#options
    const poll = this.#createPoll()
    this.#history.add(symbols, floorTo(now, MINUTE))
    const watch = new FeedWatch({
      events,
      observed: this.#observed,
      disconnects: this.#disconnects,
      venueNow: this.#context.venueNow,
    })
    this.#feed = openFeed(
      (message, receivedAt) => this.#take(message, receivedAt),
      (event) => watch.note(event),
    )
    this.#feed.setSymbols(this.#symbols.names)
    const ended = AbortSignal.any([signal, this.#abort.signal])
    const every = (name: string, everyMs: number, work: LoopWork): Promise<void> =>
      runLoop({ name, everyMs, clock, events, signal: ended }, work).catch((error: unknown) =>
        this.#fail(error),
      )
    const ticker = setInterval(() => events.emit('stream:figures', this.figures), SECOND)
    const work = Promise.all([
      every('history', SECOND, () => this.#whileDirect(() => this.#history.look())),
      every('repair of candles', SECOND, () => this.#healer.look()),
      every('funding', 5 * SECOND, () => this.#funding.look()),
      every('sums of liquidations', SECOND, () => this.#liquidations.sum()),
      every('indicators', SECOND, () => this.#indicators.make()),
      every('the list of symbols', SECOND, () => this.#listings.look()),
      every('check of closed candles', SECOND, () => this.#whileDirect(() => this.#recheck.look())),
      every('the time of the venue', MINUTE, () => this.#context.readVenueTime(ended)),
      ...(poll ? [every('open interest', SECOND, () => poll.look())] : []),
    ])
    if (!ended.aborted) await once(ended, 'abort')
    clearInterval(ticker)
    await this.#end(work)
    if (this.#failure) throw this.#failure.error
  }

  #createContext(): HealContext {
    const { venue, clientOf, events, clock, signal, concurrency, readVenueTime } = this.#options
    return {
      venue,
      clientOf,
      store: this.#store,
      events: createQuietEvents(events),
      clock,
      signal: AbortSignal.any([signal, this.#abort.signal]),
      concurrency,
      venueNow: () => this.#time.now(),
      readVenueTime: async (abort) => {
        const time = await readVenueTime(abort)
        this.#time.correct(time)
        return time
      },
    }
  }

  #createListings(): ListingWatch {
    const { clock, readListing, findChanges, release, events } = this.#options
    const universe = new Universe({
      symbols: this.#symbols,
      events,
      venueNow: this.#context.venueNow,
      findChanges,
      release,
      onChange: (names, added) => {
        this.#feed?.setSymbols(names)
        this.#history.add(added, floorTo(this.#time.now(), MINUTE))
      },
    })
    return new ListingWatch(clock, readListing, async (listing) => {
      await this.#store.saveInstruments(listing.instruments, this.#time.now())
      await universe.adopt(listing)
    })
  }

  async #whileDirect(work: () => Promise<void>): Promise<void> {
    if (this.#writer.isDirect) await work()
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
    this.#observed.endAll()
    await within(LAST_MOMENT, this.#feed?.close())
    this.#disconnects.close(this.#time.now())
    const wasDirect = this.#writer.isDirect
    await Promise.all([this.#writer.close(), within(LAST_MOMENT, work)])
    if (wasDirect && this.#writer.isDirect) await within(LAST_MOMENT, this.#liquidations.sum(true))
    this.#options.events.emit('stream:figures', this.figures)
  }

  #createPoll(): OpenInterestPoll | undefined {
    if (!this.#options.pollsOpenInterest) return undefined
    return new OpenInterestPoll({
      ...this.#context,
      client: this.#options.client,
      writer: this.#writer,
      symbols: () => this.#symbols.names,
    })
  }

  #find(connection: number): ConnectionState | undefined {
    return this.#feed?.connections.find((one) => one.connection === connection)
  }

  /** The connection delivers, and nothing comes of one symbol, not even its price: subscribed once more. */
  #renewSilent(names: readonly string[]): void {
    const since = this.#time.now() - SILENCE
    const silent = names.filter((name) => (this.#symbols.find(name)?.heardAt ?? since) < since)
    if (silent.length > Math.max(1, this.#symbols.names.length / 10)) return
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
