import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { type LoadOrder, type LoadResult, loadResult } from './raw-load.ts'
import { pinned } from './stream-process.ts'

const MAIN = fileURLToPath(new URL('raw-feed-main.ts', import.meta.url))

const told = z.object({ restUrl: z.string(), port: z.number() })
const sent = z.object({
  firstMinutes: z.record(z.string(), z.number()),
  until: z.number(),
  orders: z.array(
    z.object({
      symbol: z.string(),
      time: z.number(),
      side: z.enum(['BUY', 'SELL']),
      price: z.string(),
      quantity: z.string(),
    }),
  ),
})
export type Sent = z.output<typeof sent>

/** A raw feed in a process of its own. */
export interface RawFeedProcess extends AsyncDisposable {
  readonly restUrl: string
  readonly wsUrl: string
  readonly pid: number
  load(order: LoadOrder): Promise<LoadResult>
  sent(): Promise<Sent>
}

export async function startRawFeed(core: number | undefined): Promise<RawFeedProcess> {
  const [command, args] = pinned(core, process.execPath, [MAIN])
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  const line = await Promise.race([once(createInterface(child.stdout), 'line'), closed])
  if (typeof line[0] !== 'string') throw new Error('the raw feed did not start')
  const { restUrl, port } = told.parse(JSON.parse(line[0]))
  const url = `http://127.0.0.1:${port}`
  return {
    restUrl,
    wsUrl: `ws://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    load: async (order) => {
      const answer = await fetch(`${url}/load`, { method: 'PUT', body: JSON.stringify(order) })
      return loadResult.parse(await answer.json())
    },
    sent: async () => sent.parse(await (await fetch(`${url}/sent`)).json()),
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await closed
    },
  }
}
