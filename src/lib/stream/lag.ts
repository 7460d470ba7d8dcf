import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

export interface LagFigures {
  /** Milliseconds from the venue's event to the commit; null where nothing was committed. */
  readonly p50: number | null
  readonly p99: number | null
  readonly count: number
}

/** The figures of the last whole interval, and of the one that runs where there is none yet. */
export class Lag {
  readonly #intervalMs: number
  readonly #now: () => number
  #current: RecordableHistogram = createHistogram()
  #last: LagFigures | undefined
  #since: number

  constructor(intervalMs: number, now: () => number) {
    this.#intervalMs = intervalMs
    this.#now = now
    this.#since = now()
  }

  record(ms: number): void {
    this.#roll()
    this.#current.record(Math.max(1, Math.round(ms)))
  }

  figures(): LagFigures {
    this.#roll()
    return this.#last ?? describe(this.#current)
  }

  #roll(): void {
    const now = this.#now()
    if (now - this.#since < this.#intervalMs) return
    this.#last = describe(this.#current)
    this.#current = createHistogram()
    this.#since = now
  }
}

function describe(histogram: RecordableHistogram): LagFigures {
  if (histogram.count === 0) return { p50: null, p99: null, count: 0 }
  return { p50: histogram.percentile(50), p99: histogram.percentile(99), count: histogram.count }
}
