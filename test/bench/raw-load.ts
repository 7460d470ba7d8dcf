import * as z from 'zod'
import { median } from './figure.ts'
import type { RawConnection } from './raw-connection.ts'

/** `mix`: what the venue sends; `closed`: candles that are over, and nothing else. */
export const loadOrder = z.object({
  kind: z.enum(['mix', 'closed']),
  perSecond: z.number().positive(),
  seconds: z.number().positive(),
})
export type LoadOrder = z.output<typeof loadOrder>

export const loadResult = z.object({
  /** Messages a second that the client has read, over the last three quarters of the time. */
  readPerSecond: z.number(),
  /** How far the client was behind in each quarter of the time, median, milliseconds. */
  behindMs: z.array(z.number()),
  worstMs: z.number(),
})
export type LoadResult = z.output<typeof loadResult>

interface Sample {
  readonly at: number
  readonly read: number
  readonly behindMs: number
}

const QUARTERS = 4

/** Watches from the sender's side how a load is read. */
export class LoadWatch {
  readonly #samples: Sample[] = []

  /** `nextDueAt`: of the first round that is not written yet. */
  note(connections: readonly RawConnection[], nextDueAt: number): void {
    const at = performance.now()
    const oldest = Math.min(nextDueAt, ...connections.map(({ oldestDueAt }) => oldestDueAt))
    const read = connections.reduce((sum, connection) => sum + (connection.read?.frames ?? 0), 0)
    this.#samples.push({ at, read, behindMs: Math.max(0, at - oldest) })
  }

  result(): LoadResult {
    const samples = this.#samples
    const size = Math.ceil(samples.length / QUARTERS)
    const quarters = Array.from({ length: QUARTERS }, (_, at) => samples.slice(at * size, (at + 1) * size))
    const [from, to] = [samples[size], samples.at(-1)]
    if (!from || !to) throw new Error('the load was too short to be measured')
    return {
      readPerSecond: ((to.read - from.read) / (to.at - from.at)) * 1_000,
      behindMs: quarters.map((quarter) => Math.round(median(quarter.map(({ behindMs }) => behindMs)))),
      worstMs: Math.round(Math.max(...samples.map(({ behindMs }) => behindMs))),
    }
  }
}
