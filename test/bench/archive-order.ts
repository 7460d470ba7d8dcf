import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const LOADER = fileURLToPath(new URL('archive-loader.ts', import.meta.url))

const archiveFile = z.object({
  type: z.literal('klines'),
  symbol: z.string(),
  period: z.literal('monthly'),
  window: z.object({ from: z.number(), to: z.number() }),
})

/** Which files are loaded, and where to. */
export const loadOrder = z.object({
  folder: z.string(),
  url: z.string(),
  files: z.array(archiveFile),
  /** False: they are read and encoded, and nothing is sent. */
  writes: z.boolean(),
})
export type LoadOrder = z.output<typeof loadOrder>

const loadResult = z.object({
  /** From the beginning of the first file to the last commit, connecting included. */
  seconds: z.number(),
  rows: z.number(),
  peakMegabytes: z.number(),
  processorSeconds: z.number(),
})
export type ArchiveLoad = z.output<typeof loadResult>

/** Loads in a process of its own. */
export async function runLoader(order: LoadOrder): Promise<ArchiveLoad> {
  const child = spawn(process.execPath, [LOADER, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  if (code !== 0) throw new Error(`the loader ended with exit code ${code}`)
  return loadResult.parse(JSON.parse(output))
}
