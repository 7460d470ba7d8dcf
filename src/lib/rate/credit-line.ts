import type { Clock } from '../time/clock.ts'
import type { Settlement } from './ledger.ts'
import type { BudgetAnswer, BudgetAsk, BudgetBroker, BudgetKey } from './shared-budget.ts'
import { SpendingLog } from './spending-log.ts'

/** So much of the limit is asked for at a time: few questions, and little lies about unused. */
const CHUNK_PART = 16
/** An ask without an answer for this long: the process goes on by itself. */
const PATIENCE = 500
/** Between two asks of one who waits. */
const SHORTEST_PAUSE = 20
const LONGEST_PAUSE = 500
const RETRY_PAUSE = 1_000
/** With news of answers, which may free something, a waiting one asks earlier. */
const NEWS_PAUSE = 100
/** What lies unused for this long is given back. */
const IDLE = 1_000
/** Word is given so often while something counts, and so often that the process is there at all. */
const HEARTBEAT = 1_000
const PRESENCE = 5_000
/** What was granted may be spent for this long after the last word. */
const CREDIT_LIFE = 10_000
/** An answer may come a little later than its time-out, and clocks differ. */
const LEASE_MARGIN = 1_000
const GOODBYE = 1_000

export interface CreditLineOptions {
  readonly key: BudgetKey
  readonly broker: BudgetBroker
  readonly clock: Clock
  readonly windowMs: number
  /** The longest that a request can be under way. */
  readonly requestTimeoutMs: number
  readonly limit: () => number
  /** Something may be spent now that could not be before, or the broker is lost. */
  readonly onChange: () => void
  /** The venue counts this payer and another one together. Told once for each name. */
  readonly onShared?: ((key: BudgetKey, other: string) => void) | undefined
}

/** Alone, a process takes others to be there. */
const LEAST_HOLDERS = 2

/** The even part of a limit, which is one's own whatever others do. */
export const shareOf = (limit: number, holders: number): number =>
  Math.max(1, Math.floor(limit / Math.max(LEAST_HOLDERS, holders)))

/** What the last word was worth, once the broker is silent. */
export interface LastWord {
  readonly lostAt: number
  readonly firstAskedAt: number
  readonly answer: BudgetAnswer | undefined
}

/**
 * The conversation of one process with the broker about one budget: asks for a little more before it runs out, tells
 * what was spent, gives back what is not used, and notices when nobody answers.
 */
export class CreditLine {
  readonly #options: CreditLineOptions
  readonly #log: SpendingLog
  #credit = 0
  #creditUntil = 0
  #inFlight = 0
  /** The least that somebody waits for since the last ask, of those who may have the most. */
  #need = 0
  /** What has to be left over where that is granted. */
  #kept = 0
  /** Of the last who waited at all. */
  #usuallyKept = 0
  #spentSinceAsk = 0
  #firstAskedAt: number | undefined
  #askedAt = 0
  #isAsking = false
  #nextAskAt = 0
  #freeAt = 0
  #lastUseAt = Number.NEGATIVE_INFINITY
  #answer: BudgetAnswer | undefined
  #lostAt: number | undefined
  readonly #samePayers = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: CreditLineOptions) {
    this.#options = options
    this.#log = new SpendingLog(options.windowMs)
  }

  /** What is known while the broker does not answer; undefined while it does. */
  get loss(): LastWord | undefined {
    if (this.#lostAt === undefined) return undefined
    return { lostAt: this.#lostAt, firstAskedAt: this.#firstAskedAt ?? this.#lostAt, answer: this.#answer }
  }

  /** A figure of the venue is here of which the broker does not know yet. */
  get hasUntoldReport(): boolean {
    return this.#log.hasUntoldReport
  }

  /**
   * Milliseconds until `weight` may be spent: 0 for now; otherwise it is asked for, and `onChange` tells. `kept` is left to
   * others by one who can wait: it is asked for too, and given back at once.
   */
  waitFor(weight: number, now: number, kept = 0): number {
    if (now >= this.#creditUntil) this.#credit = 0
    if (this.#credit >= weight) return 0
    const lack = weight - this.#credit
    this.#noteNeed(lack, kept)
    const hasNews = this.#log.hasNews && now - this.#askedAt >= NEWS_PAUSE
    if (now >= this.#nextAskAt || hasNews) this.#ask()
    else this.#schedule()
    return this.#freeAt > now ? this.#freeAt - now : Number.POSITIVE_INFINITY
  }

  /** What cannot wait is asked for first, and by itself. */
  #noteNeed(lack: number, kept: number): void {
    const isFirst = this.#need === 0 || kept < this.#kept
    if (isFirst) this.#need = lack
    else if (kept === this.#kept) this.#need = Math.min(this.#need, lack)
    if (isFirst) this.#kept = kept
    this.#usuallyKept = Math.max(this.#usuallyKept, kept)
  }

  /** The broker should know at once what the venue said. */
  tell(now: number): void {
    if (now - this.#askedAt >= SHORTEST_PAUSE) this.#ask()
  }

  spend(weight: number): void {
    this.#credit = Math.max(0, this.#credit - weight)
    this.#inFlight += weight
    this.#spentSinceAsk += weight
    this.#lastUseAt = this.#options.clock.now()
    const chunk = this.#chunk()
    const isBusy = this.#spentSinceAsk >= chunk / 4
    if (isBusy && this.#credit < chunk / 2 && this.#lastUseAt >= this.#nextAskAt) this.#ask()
  }

  settle(
    weight: number,
    now: number,
    reported: number | null | undefined,
    { actual = weight, countedAt = now }: Settlement = {},
  ): void {
    this.#inFlight -= weight
    this.#log.add(actual, countedAt, typeof reported === 'number' ? { used: reported, at: now } : undefined)
    this.#schedule()
  }

  /** Gives everything back; what is under way counts as spent now. Never throws, and takes no longer than a second. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    if (this.#firstAskedAt === undefined) return
    this.#log.add(this.#inFlight, this.#options.clock.now())
    this.#credit = 0
    this.#inFlight = 0
    const patience = Promise.withResolvers<void>()
    const timer = setTimeout(() => patience.resolve(), GOODBYE)
    await Promise.race([this.#options.broker.ask(this.#compose(0, 0, true)), patience.promise]).catch(
      () => {},
    )
    clearTimeout(timer)
  }

  /** What the last answer left it, or its share once it is alone. */
  #fallback(): number {
    const { fallback = 0, holders = 0 } = this.#answer ?? {}
    return this.#lostAt === undefined ? fallback : Math.max(fallback, shareOf(this.#options.limit(), holders))
  }

  #chunk(): number {
    return Math.ceil(this.#options.limit() / CHUNK_PART)
  }

  #compose(want: number, kept = 0, isLast = false): BudgetAsk {
    const { key, windowMs, requestTimeoutMs, limit } = this.#options
    return {
      key,
      limit: limit(),
      windowMs,
      inFlight: this.#inFlight,
      credit: this.#credit,
      need: this.#need > 0 ? this.#need + kept : 0,
      want: want > 0 ? want + kept : 0,
      fallback: this.#fallback(),
      leaseMs: CREDIT_LIFE + requestTimeoutMs + LEASE_MARGIN,
      ...this.#log.read(),
      isLast,
    }
  }

  #ask(): void {
    if (this.#isAsking || this.#isClosed) return
    clearTimeout(this.#timer)
    const now = this.#options.clock.now()
    const isIdle = this.#need === 0 && now - this.#lastUseAt >= IDLE
    if (isIdle) this.#credit = 0
    const isBulk = this.#spentSinceAsk >= this.#chunk() / 4
    const isWanted = this.#need > 0 || (!isIdle && isBulk && this.#lostAt === undefined)
    const kept = this.#need > 0 ? this.#kept : this.#usuallyKept
    // Of what is kept for those who cannot wait nothing is taken for stock, where there are others in this process.
    const stock = kept < this.#usuallyKept ? 0 : this.#chunk() - this.#credit
    const ask = this.#compose(isWanted ? Math.max(0, this.#need, stock) : 0, kept)
    this.#need = 0
    this.#spentSinceAsk = 0
    this.#askedAt = now
    this.#firstAskedAt ??= now
    this.#isAsking = true
    const late = setTimeout(() => this.#lose(), PATIENCE)
    this.#options.broker.ask(ask).then(
      (answer) => {
        clearTimeout(late)
        this.#hear(ask, answer, kept)
      },
      () => {
        clearTimeout(late)
        this.#isAsking = false
        this.#nextAskAt = this.#options.clock.now() + RETRY_PAUSE
        this.#lose()
        this.#schedule()
      },
    )
  }

  #hear(ask: BudgetAsk, answer: BudgetAnswer, kept: number): void {
    this.#isAsking = false
    if (this.#isClosed) return
    const now = this.#options.clock.now()
    this.#log.confirm(ask)
    this.#answer = answer
    this.#lostAt = undefined
    this.#tellShared(answer)
    const granted = Math.max(0, answer.credit - ask.credit)
    this.#credit = Math.max(0, answer.credit - Math.min(kept, granted) - this.#spentSinceAsk)
    this.#creditUntil = this.#askedAt + CREDIT_LIFE
    if (ask.need > 0 && this.#credit > 0) this.#lastUseAt = now
    const isShort = ask.want > 0 && answer.credit <= ask.credit
    const pause = isShort ? Math.max(SHORTEST_PAUSE, Math.min(LONGEST_PAUSE, answer.waitMs)) : 0
    this.#nextAskAt = now + pause
    this.#freeAt = isShort ? now + answer.waitMs : 0
    this.#schedule()
    this.#options.onChange()
  }

  #tellShared({ samePayers = [] }: BudgetAnswer): void {
    for (const other of samePayers) {
      if (this.#samePayers.has(other)) continue
      this.#samePayers.add(other)
      this.#options.onShared?.(this.#options.key, other)
    }
  }

  #lose(): void {
    if (this.#lostAt !== undefined || this.#isClosed) return
    this.#lostAt = this.#options.clock.now()
    this.#options.onChange()
  }

  #schedule(): void {
    clearTimeout(this.#timer)
    if (this.#isAsking || this.#isClosed || this.#firstAskedAt === undefined) return
    const now = this.#options.clock.now()
    const at = this.#lostAt === undefined ? this.#nextWordAt(now) : this.#nextAskAt
    if (at === undefined) return
    this.#timer = setTimeout(() => this.#ask(), Math.max(1, Math.ceil(at - now)))
    // Word of what was spent is no reason to stay; somebody who waits is.
    if (this.#need === 0) this.#timer.unref()
  }

  #nextWordAt(now: number): number | undefined {
    if (this.#need > 0) return this.#nextAskAt
    const sinceUse = now - this.#lastUseAt
    const heartbeat = this.#askedAt + HEARTBEAT
    if (this.#credit > 0) return Math.min(heartbeat, Math.max(now, this.#lastUseAt + IDLE))
    const isCounting = this.#inFlight > 0 || !this.#log.isEmpty || sinceUse < this.#options.windowMs
    if (isCounting) return heartbeat
    return sinceUse < 2 * this.#options.windowMs ? this.#askedAt + PRESENCE : undefined
  }
}
