import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

const told = z.object({ restUrl: z.string(), coinalyzeUrl: z.string() })
const stats = z.object({
  requests: z.record(z.string(), z.number()),
  rows: z.record(z.string(), z.number()),
  violations: z.object({ limited: z.number(), whileBanned: z.number() }),
})
export type VenueStats = z.output<typeof stats>

/** A simulated venue in a process of its own, so that it has the other core. */
export interface VenueProcess extends AsyncDisposable {
  readonly restUrl: string
  readonly coinalyzeUrl: string
  readonly pid: number
  stats(): Promise<VenueStats>
  /**
   * Moves the venue's clock over the minute in which it counts weight: a new run would take what the one before has
   * spent for a spent budget and wait.
   */
  forget(): Promise<void>
}

export async function startVenue(args: readonly string[]): Promise<VenueProcess> {
  const child = spawn(process.execPath, [BIN, 'sim', '--json', '--parent', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closed = once(child, 'close')
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), closed])
  if (typeof line[0] !== 'string') throw new Error('the simulated venue did not start')
  const { restUrl, coinalyzeUrl } = told.parse(JSON.parse(line[0]))
  return {
    restUrl,
    coinalyzeUrl,
    pid: child.pid ?? 0,
    stats: async () => stats.parse(await (await fetch(`${restUrl}/_sim/stats`)).json()),
    async forget() {
      const body = JSON.stringify({ advance: 60_000 })
      const answer = await fetch(`${restUrl}/_sim/clock`, { method: 'PUT', body })
      if (!answer.ok) throw new Error(`the venue's clock answered ${answer.status}: ${await answer.text()}`)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await closed
    },
  }
}
