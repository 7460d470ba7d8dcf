import { once } from 'node:events'
import { Flags } from '@oclif/core'
import * as z from 'zod'
import { factor, pointInTime, wholeNumber } from '../lib/config/fields.ts'
import { resolveInstant } from '../lib/config/instants.ts'
import { commonSettings } from '../lib/config/settings.ts'
import { EXIT } from '../lib/errors.ts'
import { FAULT_KINDS } from '../sim/core/faults.ts'
import type { VenueSimulator } from '../sim/index.ts'
import { BaseCommand } from './base.ts'
import { paragraphs } from './help-text.ts'
import { FOLDER, suggest, textFlag, withValues } from './values.ts'

export const simSettings = commonSettings.extend({
  port: wholeNumber(0, 65_535).default(0),
  seed: z.string().optional(),
  symbols: wholeNumber(1, 5_000).optional(),
  data: z.string().optional(),
  start: pointInTime.optional(),
  rate: factor.optional(),
  limits: z.boolean().default(true),
  fault: z.array(z.string()).default([]),
  parent: z.boolean().default(false),
})
type SimSettings = z.output<typeof simSettings>

export default class Sim extends BaseCommand {
  static override summary = 'Run the simulated venue until it is interrupted'
  static override description =
    paragraphs(`An HTTP server on loopback that speaks Binance USD-M's REST interface and its live stream, enforces their limits, and
serves a market made from a seed, or recorded candles from a folder. Point PERPCTL_BINANCE_REST_URL and
PERPCTL_BINANCE_WS_URL at the addresses it prints. Below it stands a Coinalyze that tells the liquidations of that market
to any key: PERPCTL_COINALYZE_URL.

Beside it lies the bulk archive of that market: zips of candles, prices, funding and metrics, their checksums, and a listing.

Faults of the stream (ws-…) go by venue time: ws-disconnect:everyMs=60000:count=3, ws-stall:atMs=5000:ms=30000. Those of
the archive's files (archive-…) stand for as long as they are set: archive-missing:path=BTCUSDT-1m-2026-06.zip.

GET /_sim/stats tells what was asked, GET /_sim/stream what was sent live; PUT /_sim/faults takes a JSON array of fault rules, PUT /_sim/clock
{"advance": ms} moves the venue's clock.`)
  static override examples = [
    {
      description: 'A market from a seed',
      command: '<%= config.bin %> <%= command.id %> --port 8089 --seed 7',
    },
    {
      description: 'Recorded candles, and every tenth page fails',
      command: '<%= config.bin %> <%= command.id %> --data ./recorded --fault 500:path=klines:every=10',
    },
    {
      description: 'A day in two minutes, the stream breaks off each hour',
      command: '<%= config.bin %> <%= command.id %> --rate 720 --fault ws-disconnect:everyMs=3600000',
    },
  ]
  static override flags = {
    port: textFlag({
      env: 'PERPCTL_SIM_PORT',
      helpValue: 'PORT',
      description: 'where to listen (default: a free port)',
      values: suggest('8089'),
    }),
    seed: Flags.string({
      env: 'PERPCTL_SIM_SEED',
      helpValue: 'TEXT',
      description: 'another seed, another market',
    }),
    symbols: Flags.string({
      env: 'PERPCTL_SIM_SYMBOLS',
      helpValue: 'COUNT',
      description: 'so many tradable USDT perpetuals',
    }),
    data: textFlag({
      env: 'PERPCTL_SIM_DATA',
      helpValue: 'FOLDER',
      description: 'serve SYMBOL-1m-YYYY-MM.csv.gz files instead of a seeded market',
      values: FOLDER,
    }),
    start: textFlag({
      env: 'PERPCTL_SIM_START',
      helpValue: 'WHEN',
      description: 'venue time at the start (default now; with --data the end of the data)',
      values: suggest('now', '12h', '30d'),
    }),
    rate: textFlag({
      env: 'PERPCTL_SIM_RATE',
      helpValue: 'FACTOR',
      description: 'how fast the venue time runs (default 1; the stream keeps up with 1440)',
      values: suggest('1', '60', '720'),
    }),
    limits: Flags.boolean({
      env: 'PERPCTL_SIM_LIMITS',
      allowNo: true,
      default: true,
      description: 'enforce the rate limits',
    }),
    fault: withValues(
      suggest(...FAULT_KINDS),
      Flags.string({
        multiple: true,
        helpValue: 'KIND:key=value',
        description: 'misbehave by rule; an unknown kind lists them all',
      }),
    ),
    parent: Flags.boolean({ hidden: true, description: 'end when stdin ends' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(simSettings)
    const { signal } = this
    await using simulator = await startVenues(settings)
    const { restUrl, wsUrl, coinalyzeUrl, archiveUrl } = simulator
    const venueTime = new Date(simulator.now()).toISOString()
    this.print({
      json: {
        restUrl,
        wsUrl,
        coinalyzeUrl,
        archiveUrl,
        pid: process.pid,
        venueTime,
        notes: simulator.stats().notes,
      },
      text: `Simulated Binance USD-M: ${restUrl}\nIts live stream: ${wsUrl}\nSimulated Coinalyze: ${coinalyzeUrl}\nIts bulk archive: ${archiveUrl}\nVenue time ${venueTime}; end it with Ctrl-C.`,
    })
    await waitForEnd(signal, settings.parent)
    return this.interruptionCode ?? EXIT.done
  }
}

async function startVenues(settings: SimSettings): Promise<VenueSimulator> {
  const { startSimulator } = await import('../sim/index.ts')
  const { parseFaultText } = await import('../sim/core/fault-rules.ts')
  const { port, seed, symbols, data, start, rate, limits } = settings
  return startSimulator({
    port,
    hasLimits: limits,
    faults: settings.fault.map(parseFaultText),
    ...(seed === undefined ? {} : { seed }),
    ...(symbols === undefined ? {} : { symbolCount: symbols }),
    ...(data === undefined ? {} : { dataFolder: data }),
    clock: {
      ...(start === undefined ? {} : { startAt: resolveInstant(start, Date.now()) }),
      ...(rate === undefined ? {} : { rate }),
    },
  })
}

/** Until a signal comes, or, as a child, until the parent is gone: its end of the pipe closes however it ends. */
async function waitForEnd(signal: AbortSignal, isChild: boolean): Promise<void> {
  if (signal.aborted) return
  const ends: Promise<unknown>[] = [once(signal, 'abort')]
  if (isChild) ends.push(once(process.stdin.resume(), 'close'))
  await Promise.race(ends)
  process.stdin.destroy()
}
