import { MINUTE } from '../../lib/model/window.ts'
import { TransferCounter, type TransferStats } from './transfers.ts'

export interface RequestRecord {
  /** Venue time. */
  readonly at: number
  readonly address: string
  readonly path: string
  /** The parameters as sent, without keys. */
  readonly query: Readonly<Record<string, string>>
  readonly status: number
  readonly rows: number
  /** The fault it met, null without. */
  readonly fault: string | null
}

export interface SimulatorStats {
  /** By path. */
  readonly requests: Readonly<Record<string, number>>
  readonly rows: Readonly<Record<string, number>>
  /** By who pays (an address, a key's number), then by the start of the venue minute (milliseconds): what was asked for, answered or not. */
  readonly weight: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly violations: {
    /** Requests over a limit, answered 429 or with a new ban. */
    readonly limited: number
    /** Requests that came while whoever pays was banned. */
    readonly whileBanned: number
  }
  /** Fired faults by kind. */
  readonly faults: Readonly<Record<string, number>>
  /** What was fetched from the archive. */
  readonly archive: TransferStats
  /** With `recordsRequests`: every request, oldest first, up to a bound. */
  readonly recorded: readonly RequestRecord[]
  readonly isRecordingFull: boolean
  /** What the data are: `seeded`, or which columns of recorded files had to be derived. */
  readonly notes: readonly string[]
}

const MAX_RECORDED = 200_000
/** Minutes of weight that are kept for each who pays. */
const MAX_MINUTES = 240

export class StatsCounter {
  readonly transfers = new TransferCounter()
  readonly #requests = new Map<string, number>()
  readonly #rows = new Map<string, number>()
  readonly #faults = new Map<string, number>()
  readonly #weight = new Map<string, Map<number, number>>()
  readonly #recorded: RequestRecord[] = []
  readonly #recordsRequests: boolean
  #limited = 0
  #whileBanned = 0

  constructor(recordsRequests: boolean) {
    this.#recordsRequests = recordsRequests
  }

  countWeight(payer: string, weight: number, now: number): void {
    const minutes = this.#weight.get(payer) ?? new Map<number, number>()
    this.#weight.set(payer, minutes)
    add(minutes, Math.floor(now / MINUTE) * MINUTE, weight)
    const [oldest] = minutes.keys()
    if (minutes.size > MAX_MINUTES && oldest !== undefined) minutes.delete(oldest)
  }

  countViolation(kind: 'limited' | 'whileBanned'): void {
    if (kind === 'limited') this.#limited += 1
    else this.#whileBanned += 1
  }

  countRequest(record: () => RequestRecord, path: string, rows: number, fault: string | null): void {
    add(this.#requests, path, 1)
    if (rows > 0) add(this.#rows, path, rows)
    if (fault) add(this.#faults, fault, 1)
    if (this.#recordsRequests && this.#recorded.length < MAX_RECORDED) this.#recorded.push(record())
  }

  countFault(kind: string): void {
    add(this.#faults, kind, 1)
  }

  read(notes: readonly string[]): SimulatorStats {
    const weight = [...this.#weight].map(([payer, minutes]) => [payer, Object.fromEntries(minutes)] as const)
    return {
      requests: Object.fromEntries(this.#requests),
      rows: Object.fromEntries(this.#rows),
      weight: Object.fromEntries(weight),
      violations: { limited: this.#limited, whileBanned: this.#whileBanned },
      faults: Object.fromEntries(this.#faults),
      archive: this.transfers.read(),
      recorded: [...this.#recorded],
      isRecordingFull: this.#recorded.length >= MAX_RECORDED,
      notes,
    }
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
