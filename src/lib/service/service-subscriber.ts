import type { RunEventBus } from '../events.ts'
import { SECOND } from '../model/window.ts'
import { createSubscriber, type RunSubscriber, Subscriptions } from '../progress/subscriber.ts'
import type { StreamFigures } from '../stream/figures.ts'
import { formatPlural } from '../text/numbers.ts'
import type { Redactor } from '../text/secrets.ts'
import { createNotifier, type Notifier } from './notifier.ts'
import type { ServiceManager } from './service-manager.ts'

/** A stream that works and whose feed does not come heals itself: it is ready all the same, and says what is missing. */
const FEED_PATIENCE = 30 * SECOND
/** The end of the process must not wait for what tells of it. */
const LAST_WORDS = 500

export interface ServiceOptions {
  readonly manager: ServiceManager
  readonly redactor: Redactor
  /** A sentence for the user: the service manager cannot be told. */
  readonly onBroken: (message: string) => void
  readonly now?: () => number
}

/**
 * Tells systemd that a stream is ready, how it is doing, that it lives, and that it ends. It lives while its figures
 * come, once a second: a venue or a database that is away is no reason to be ended, as a stream outlives both.
 */
export function openServiceSubscriber(bus: RunEventBus, options: ServiceOptions): RunSubscriber {
  const service = new ServiceSubscriber(bus, options)
  return createSubscriber(() => service.close())
}

class ServiceSubscriber {
  readonly #notifier: Notifier
  readonly #subscriptions: Subscriptions
  readonly #redactor: Redactor
  readonly #now: () => number
  #figures: StreamFigures | undefined
  #firstFiguresAt: number | undefined
  #isReady = false
  #hasEnded = false
  /** Figures have come since the last sign of life. */
  #lives = false

  constructor(
    bus: RunEventBus,
    { manager, redactor, onBroken, now = () => performance.now() }: ServiceOptions,
  ) {
    this.#now = now
    this.#redactor = redactor
    this.#notifier = createNotifier({
      socket: manager.socket,
      onBroken: (reason) => onBroken(`systemd cannot be told how the stream is doing: ${reason}`),
    })
    this.#subscriptions = new Subscriptions(bus)
    const { on } = this.#subscriptions
    on('stream:figures', (figures) => this.#note(figures))
    on('stream:standby', ({ holders }) => this.#standBy(holders))
    on('run:done', ({ message }) => this.#end(message))
    // The first one says what `READY` has said.
    on('stream:beat', ({ line, isFirst }) => {
      if (!isFirst) this.#tellStatus(line)
    })
    if (manager.watchdogMs === undefined) return
    this.#subscriptions.every(manager.watchdogMs / 2, () => this.#tellLife())
  }

  async close(): Promise<void> {
    this.#subscriptions.release()
    const deadline = Promise.withResolvers<void>()
    const timer = setTimeout(deadline.resolve, LAST_WORDS)
    await Promise.race([deadline.promise, this.#notifier.flush()])
    clearTimeout(timer)
  }

  #note(figures: StreamFigures): void {
    this.#figures = figures
    this.#lives = true
    if (this.#isReady) return
    this.#firstFiguresAt ??= this.#now()
    if (figures.live === 0 && this.#now() - this.#firstFiguresAt < FEED_PATIENCE) return
    this.#isReady = true
    this.#notifier.tell({ READY: '1', STATUS: describeState(figures) })
  }

  /** It does what it was started for. */
  #standBy(holders: readonly string[]): void {
    this.#lives = true
    if (this.#isReady) return
    this.#isReady = true
    this.#notifier.tell({ READY: '1', STATUS: `stands by: run ${holders.join(', ')} has the symbols` })
  }

  #tellStatus(line: string): void {
    if (!this.#isReady || this.#hasEnded || !this.#figures) return
    this.#notifier.tell({ STATUS: `${describeState(this.#figures)}; ${line}` })
  }

  #tellLife(): void {
    if (!this.#lives || this.#hasEnded) return
    this.#lives = false
    this.#notifier.tell({ WATCHDOG: '1' })
  }

  #end(message: string): void {
    this.#hasEnded = true
    this.#notifier.tell({ STOPPING: '1', STATUS: this.#redactor.text(message) })
  }
}

/** `3 symbols over 1 connection, rows on the disk wait for the database`. */
function describeState({ symbols, connections, live, spooled }: StreamFigures): string {
  const feed =
    live > 0 ? `over ${formatPlural(connections, 'connection')}` : 'and no connection that delivers'
  const wait = spooled > 0 ? ', rows on the disk wait for the database' : ''
  return `${formatPlural(symbols, 'symbol')} ${feed}${wait}`
}
