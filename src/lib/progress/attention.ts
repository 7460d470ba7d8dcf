import type { LaneState, RunEventBus } from '../events.ts'
import { formatDuration } from '../text/durations.ts'
import { Subscriptions } from './subscriber.ts'

export interface Notice {
  readonly message: string
  readonly level: 'info' | 'warning'
}

/** What a user should notice while a run goes on: notes, lanes that are shut, a database that is away; each once. */
export class Attention implements Disposable {
  readonly #tell: (notice: Notice) => void
  readonly #subscriptions: Subscriptions
  readonly #now: () => number
  readonly #laneReasons = new Map<string, string>()
  readonly #shutLanes = new Set<string>()
  #databaseAwaySince: number | undefined
  #lastNote = ''

  constructor(bus: RunEventBus, tell: (notice: Notice) => void, now: () => number) {
    this.#tell = tell
    this.#now = now
    this.#subscriptions = new Subscriptions(bus)
    const { on } = this.#subscriptions
    on('note', ({ message }) => this.#note(message))
    on('lane:state', (state) => this.#lane(state))
    on('db:wait', ({ reason, waitedMs }) => this.#databaseAway(reason, waitedMs))
    on('batch:written', () => this.#databaseBack())
  }

  [Symbol.dispose](): void {
    this.#subscriptions.release()
  }

  #note(message: string): void {
    if (message === this.#lastNote) return
    this.#lastNote = message
    this.#tell({ message, level: 'info' })
  }

  #lane({ lane, state, reason }: LaneState): void {
    if (state === 'open') {
      if (this.#shutLanes.delete(lane)) this.#tell({ message: `lane ${lane} is open again`, level: 'info' })
      return
    }
    const told = `${state}: ${reason ?? 'no reason given'}`
    // A lane that flaps for one and the same reason is told once.
    if (this.#laneReasons.get(lane) === told) return
    this.#laneReasons.set(lane, told)
    this.#shutLanes.add(lane)
    this.#tell({ message: `lane ${lane} is ${told}`, level: 'warning' })
  }

  #databaseAway(reason: string, waitedMs: number): void {
    if (this.#databaseAwaySince !== undefined) return
    this.#databaseAwaySince = this.#now() - waitedMs
    this.#tell({ message: `waiting for the database: ${reason}`, level: 'warning' })
  }

  #databaseBack(): void {
    if (this.#databaseAwaySince === undefined) return
    const away = formatDuration(this.#now() - this.#databaseAwaySince)
    this.#databaseAwaySince = undefined
    this.#tell({ message: `the database is back after ${away}`, level: 'info' })
  }
}
