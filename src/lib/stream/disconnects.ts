import type { RunEventBus } from '../events.ts'
import { formatDuration } from '../text/durations.ts'
import { formatUtc } from '../text/times.ts'
import type { LastDisconnect } from './figures.ts'

/** What a lost connection is known by until it is replaced. */
export interface Lost {
  readonly connection: number
  readonly way: string
  readonly streams: readonly string[]
  readonly reason: string
  /** Venue time of the last that came over it. */
  readonly from: number
}

/** Records each time without a connection, with its span, when it is over. */
export class Disconnects {
  readonly #events: RunEventBus
  #open: Lost[] = []
  count = 0
  last: LastDisconnect | null = null

  constructor(events: RunEventBus) {
    this.#events = events
  }

  begin(lost: Lost): void {
    this.count += 1
    this.#open.push(lost)
    const { connection, reason, from } = lost
    this.last = { from, seconds: null, reason }
    this.#events.emit('note', { message: `connection ${connection} is lost: ${reason}; connecting again` })
  }

  /** These streams deliver again, from this venue time on. */
  end(streams: readonly string[], to: number): void {
    const back = new Set(streams)
    const isBack = (lost: Lost): boolean =>
      lost.streams.length === 0 || lost.streams.some((name) => back.has(name))
    for (const lost of this.#open.filter(isBack)) {
      this.#tell(lost, to)
      this.last = { from: lost.from, seconds: Math.max(0, to - lost.from) / 1_000, reason: lost.reason }
      const away = formatDuration(Math.max(0, to - lost.from))
      this.#events.emit('note', { message: `the feed is back after ${away}; what did not come is fetched` })
    }
    this.#open = this.#open.filter((lost) => !isBack(lost))
  }

  /** The stream ends while they are still away. */
  close(now: number): void {
    for (const lost of this.#open) this.#tell(lost, now)
    this.#open = []
  }

  #tell({ connection, way, streams, reason, from }: Lost, to: number): void {
    const seconds = Math.max(0, (to - from) / 1_000)
    this.#events.emit('failure', {
      type: 'disconnect',
      message: `connection ${connection} was away from ${formatUtc(from)} for ${seconds.toFixed(1)} s: ${reason}`,
      details: {
        connection,
        lane: way,
        streams: streams.length,
        reason,
        from: new Date(from).toISOString(),
        to: new Date(Math.max(from, to)).toISOString(),
        seconds,
      },
      severity: 'warning',
    })
  }
}
