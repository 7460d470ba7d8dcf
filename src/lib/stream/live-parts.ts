import { floorTo, MINUTE, type Window } from '../model/window.ts'
import { CandleHealer } from './candle-healer.ts'
import { CommitWatch } from './commit-watch.ts'
import { Disconnects } from './disconnects.ts'
import { FundingWatch } from './funding-watch.ts'
import type { HealContext } from './heal.ts'
import { HealingStore } from './healing-store.ts'
import { HistoryFill } from './history-fill.ts'
import { Indicators } from './indicators.ts'
import { Lag } from './lag.ts'
import { LiquidationMinutes } from './liquidation-minutes.ts'
import type { LiveStreamOptions } from './live-stream-options.ts'
import { LiveSymbols } from './live-symbols.ts'
import { ObservedTime } from './observed-time.ts'
import { createQuietEvents } from './quiet-events.ts'
import { RebuildWatch } from './rebuild-watch.ts'
import { Recheck } from './recheck.ts'
import { RightOfWay } from './right-of-way.ts'
import { StreamWriter } from './stream-writer.ts'
import { VenueTime } from './venue-time.ts'

/** What a stream needs to know of its connections and symbols. */
export interface LivePartsHooks {
  /** Ends with the stream, whatever ends it. */
  readonly signal: AbortSignal
  /** The venue's time of the last data of an open connection. */
  readonly lastEventOf: (connection: number) => number | undefined
  /** These were fetched although the feed should have told of them. */
  readonly onSilent: (symbols: readonly string[]) => void
}

/** What works beside a feed: writing, repairing, and making more of what was written. Each part knows only what it needs. */
export class LiveParts {
  readonly symbols = new LiveSymbols()
  readonly time: VenueTime
  readonly store: HealingStore
  readonly context: HealContext
  readonly observed: ObservedTime
  readonly disconnects: Disconnects
  readonly lag: Lag
  readonly writer: StreamWriter
  readonly commits: CommitWatch
  readonly indicators: Indicators
  readonly healer: CandleHealer
  readonly liquidations: LiquidationMinutes
  readonly funding: FundingWatch
  readonly history: HistoryFill
  readonly recheck: Recheck
  readonly #options: LiveStreamOptions
  readonly #hooks: LivePartsHooks
  readonly #onRepaired = (names: readonly string[], window: Window): void =>
    this.indicators.noteRepair(names, window)

  constructor(options: LiveStreamOptions, hooks: LivePartsHooks) {
    this.#options = options
    this.#hooks = hooks
    const { events, clock, now, heardFrom, symbols, since, recheckMs, heartbeatMs } = options
    this.time = new VenueTime(clock, now)
    this.store = new HealingStore(options.store)
    this.context = this.#createContext()
    this.disconnects = new Disconnects(events)
    this.observed = new ObservedTime(hooks.lastEventOf)
    this.lag = new Lag(heartbeatMs, () => clock.now())
    for (const symbol of symbols) this.symbols.add(symbol, floorTo(heardFrom, MINUTE))
    this.writer = this.#createWriter()
    this.indicators = this.#createIndicators()
    this.commits = this.#createCommitWatch()
    this.healer = this.#createHealer()
    this.liquidations = this.#createLiquidations()
    this.funding = new FundingWatch(this.context, this.symbols)
    const patient = { ...this.context, clientOf: options.bulkClientOf }
    this.history = new HistoryFill(patient, since, this.#onRepaired)
    this.recheck = new Recheck(patient, this.symbols, recheckMs, this.#onRepaired)
  }

  #createWriter(): StreamWriter {
    const { liveStore: store, spool, events, clock } = this.#options
    return new StreamWriter({
      store,
      spool,
      events,
      clock,
      onWritten: (pending, result) => this.commits.noteWritten(pending, result),
      onDropped: (commits) => this.commits.noteDropped(commits),
    })
  }

  #createIndicators(): Indicators {
    const { candles, volumes, period, events, clock } = this.#options
    const { signal } = this.#hooks
    const way = new RightOfWay({ isLiveWaiting: () => this.writer.isBusy, clock, signal })
    return new Indicators({
      turn: () => way.turn(),
      watch: new RebuildWatch(events, clock),
      context: this.context,
      candles,
      volumes,
      period,
      isDirect: () => this.writer.isDirect,
      isFilling: () => this.history.isFilling,
    })
  }

  #createCommitWatch(): CommitWatch {
    return new CommitWatch({
      symbols: this.symbols,
      observed: this.observed,
      indicators: this.indicators,
      lag: this.lag,
      venueNow: this.context.venueNow,
    })
  }

  #createHealer(): CandleHealer {
    return new CandleHealer({
      context: this.context,
      symbols: this.symbols,
      writer: this.writer,
      onHealed: (names, window) => {
        this.#onRepaired(names, window)
        this.recheck.noteHealed(names, window)
      },
      onSilent: this.#hooks.onSilent,
    })
  }

  #createLiquidations(): LiquidationMinutes {
    const { sums, heardFrom } = this.#options
    return new LiquidationMinutes({
      sums,
      observed: this.observed,
      symbolsOf: (minute) => this.symbols.followed(minute),
      venueNow: this.context.venueNow,
      flush: () => this.writer.flush().then(() => this.writer.isDirect),
      from: floorTo(heardFrom, MINUTE),
    })
  }

  #createContext(): HealContext {
    const { venue, clientOf, events, clock, concurrency, readVenueTime, run } = this.#options
    return {
      venue,
      clientOf,
      store: this.store,
      events: createQuietEvents(events),
      clock,
      signal: this.#hooks.signal,
      run,
      concurrency,
      venueNow: () => this.time.now(),
      readVenueTime: async (abort) => {
        const time = await readVenueTime(abort)
        this.time.correct(time)
        return time
      },
    }
  }
}
