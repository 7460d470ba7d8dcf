import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const HOOK = fileURLToPath(new URL('usage-hook.js', import.meta.url))

const summary = z.object({
  status: z.literal('Completed'),
  requests: z.number(),
  rowsInserted: z.number(),
  seconds: z.number(),
})
const usage = z.object({ peakMegabytes: z.number(), userSeconds: z.number(), systemSeconds: z.number() })

/** One whole run of a backfill. */
export interface BackfillRun {
  readonly requests: number
  readonly rowsInserted: number
  /** From the run's start to its end, as its own summary tells. */
  readonly seconds: number
  /** From the start of the process to its end. */
  readonly processSeconds: number
  readonly peakMegabytes: number
  readonly userSeconds: number
  readonly systemSeconds: number
}

export interface BackfillOrder {
  /** Default `ohlcv`. */
  readonly command?: string
  readonly databaseUrl: string
  readonly venueUrl: string
  /** Where liquidations are asked for; needed by the commands that fetch them. */
  readonly coinalyzeUrl?: string
  readonly symbols: readonly string[]
  readonly since: string
  readonly until: string
  readonly more?: readonly string[]
}

/** Runs the built command line as a process of its own; throws unless it completes. */
export async function runBackfill(order: BackfillOrder): Promise<BackfillRun> {
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-run-'))
  const usageFile = join(folder, 'usage.json')
  const { symbols, since, until, coinalyzeUrl, more = [] } = order
  const range = ['--symbols', symbols.join(','), '--since', since, '--until', until]
  try {
    const startedAt = performance.now()
    const command = ['backfill', order.command ?? 'ohlcv', ...range, ...more, '--json']
    const { code, stdout, stderr } = await runPerpctl(command, {
      HOME: folder,
      PERPCTL_HOME: folder,
      DATABASE_URL: order.databaseUrl,
      PERPCTL_BINANCE_REST_URL: order.venueUrl,
      ...(coinalyzeUrl ? { PERPCTL_COINALYZE_URL: coinalyzeUrl, COINALYZE_KEY: 'bench' } : {}),
      PERPCTL_BENCH_USAGE: usageFile,
      NODE_OPTIONS: `--import=${HOOK}`,
    })
    const processSeconds = (performance.now() - startedAt) / 1_000
    if (code !== 0) throw new Error(`the backfill ended with exit code ${code}: ${stdout}${stderr}`)
    const used = usage.parse(JSON.parse(await readFile(usageFile, 'utf8')))
    const { status: _, ...told } = summary.parse(JSON.parse(stdout))
    return { ...told, ...used, processSeconds }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The file itself, not Node with it: its first line decides with which Node and options users run it. */
async function runPerpctl(args: readonly string[], env: Readonly<Record<string, string>>) {
  const child = spawn(BIN, args, {
    cwd: env.HOME,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close'),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, stdout, stderr }
}
