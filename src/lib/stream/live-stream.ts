import type { OnFeedMessage } from '../feed/events.ts'
import { floorTo, MINUTE, SECOND, type Window } from '../model/window.ts'
import type { JobSymbol } from '../pipeline/job.ts'
import type { WriteResult } from '../ports.ts'
import { CandleHealer } from './candle-healer.ts'
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
import { DONE, type LoopWork, runLoop } from './loop.ts'
import { ObservedTime } from './observed-time.ts'
import { OpenInterestPoll } from './open-interest-poll.ts'
import { createQuietEvents } from './quiet-events.ts'
import { Recheck } from './recheck.ts'
import type { StreamCommit } from './stream-commit.ts'
import { type Pending, StreamWriter } from './stream-writer.ts'
import { Universe } from './universe.ts'
import { VenueTime } from './venue-time.ts'

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
  readonly #observed = new ObservedTime()
  readonly #disconnects: Disconnects
  readonly #lag: Lag
  readonly #listings: ListingWatch
  readonly #recheck: Recheck
  #feed: LiveFeed | undefined
  #yielded = 0
  #failure: { readonly error: unknown } | undefined

  constructor(options: LiveStreamOptions) {
    this.#options = options
    const { events, clock, now, symbols } = options
    this.#time = new VenueTime(clock, now)
    this.#store = new HealingStore(options.store)
    this.#context = this.#createContext()
    this.#disconnects = new Disconnects(events)
    this.#lag = new Lag(options.heartbeatMs, () => clock.now())
    for (const symbol of symbols) this.#symbols.add(symbol, floorTo(now, MINUTE))
    this.#writer = new StreamWriter({
      store: options.liveStore,
      spool: options.spool,
      events,
      clock,
      onWritten: (pending, result) => this.#noteWritten(pending, result),
      onDropped: (commits) => this.#noteDropped(commits),
    })
    this.#indicators = new Indicators({
      context: this.#context,
      candles: options.candles,
      volumes: options.volumes,
      period: options.period,
      isDirect: () => this.#writer.isDirect,
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
      corrected: this.#store.corrected + this.#yielded,
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
    try {
      await Promise.all([
        this.#fillHistory(symbols, floorTo(now, MINUTE), every),
        every('repair of candles', SECOND, () => this.#healer.look()),
        every('funding', 5 * SECOND, () => this.#funding.look()),
        every('sums of liquidations', SECOND, () => this.#liquidations.sum()),
        every('indicators', SECOND, () => this.#indicators.make()),
        every('the list of symbols', SECOND, () => this.#listings.look()),
        every('check of closed candles', SECOND, () => this.#whileDirect(() => this.#recheck.look())),
        this.#pollOpenInterest(every),
      ])
    } finally {
      clearInterval(ticker)
      await this.#end()
    }
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
        this.#time.observe(time)
        return time
      },
    }
  }

  #createListings(): ListingWatch {
    const { clock, readListing, findChanges, events } = this.#options
    const universe = new Universe({
      symbols: this.#symbols,
      events,
      venueNow: this.#context.venueNow,
      findChanges,
      onChange: (names) => this.#feed?.setSymbols(names),
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

  async #end(): Promise<void> {
    await this.#feed?.close()
    this.#disconnects.close(this.#time.now())
    const isQuick = this.#writer.isDirect
    await this.#writer.close()
    if (isQuick && this.#writer.isDirect) await this.#liquidations.sum(true).catch(() => {})
    this.#options.events.emit('stream:figures', this.figures)
  }

  /** Once; again from where it was when the venue or the database did not let it. */
  async #fillHistory(symbols: readonly JobSymbol[], until: number, every: Every): Promise<void> {
    const fill = new HistoryFill(this.#context, this.#options.since, (names, window) =>
      this.#indicators.noteRepair(names, window),
    )
    await every('history', SECOND, async () => {
      if (!this.#writer.isDirect) return undefined
      await fill.run(symbols, until)
      return DONE
    })
  }

  async #pollOpenInterest(every: Every): Promise<void> {
    if (!this.#options.pollsOpenInterest) return
    const poll = new OpenInterestPoll({
      ...this.#context,
      client: this.#options.client,
      writer: this.#writer,
      symbols: () => this.#symbols.names,
    })
    await every('open interest', SECOND, () => poll.look())
  }

  #noteWritten(pending: readonly Pending[], { yielded }: WriteResult): void {
    const now = this.#time.now()
    for (const { eventTime } of pending) if (Number.isFinite(eventTime)) this.#lag.record(now - eventTime)
    this.#yielded += yielded
    const candles = pending.filter(({ commit }) => commit.dataset === 'ohlcv')
    this.#indicators.noteCandles(candles.map(({ commit }) => commit.symbol))
  }

  #noteDropped(commits: readonly StreamCommit[]): void {
    for (const { symbol, dataset, covered, rows } of commits) {
      if (dataset === 'ohlcv') this.#symbols.find(symbol)?.book.forget(covered)
      if (dataset === 'lqo') for (const { ts } of rows) this.#observed.lose({ from: ts, to: ts + SECOND })
    }
  }

  /** The connection delivers, and one symbol does not: subscribed once more. */
  #renewSilent(names: readonly string[]): void {
    const isAlone = names.length <= Math.max(1, this.#symbols.names.length / 10)
    if (isAlone) for (const name of names) this.#feed?.renew(name)
  }
}

type Every = (name: string, everyMs: number, work: LoopWork) => Promise<void>
