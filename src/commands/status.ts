import { Flags } from '@oclif/core'
import type { Sql } from '../db/connect.ts'
import { EXIT } from '../lib/errors.ts'
import { createMarks } from '../lib/text/marks.ts'
import { toOneLineJson } from '../lib/text/one-line.ts'
import { createPaint } from '../lib/text/paint.ts'
import { BaseCommand } from './base.ts'
import { venueFlag } from './flags.ts'
import { paragraphs } from './help-text.ts'
import { pasteable, stdoutClosed, tell } from './output.ts'
import { emptyStatus, NOTHING_YET_SENTENCE } from './report/nothing-yet.ts'
import { type StatusSettings, statusSettings } from './report/settings.ts'
import type { StatusReport } from './report/status-report.ts'
import { suggest, textFlag } from './values.ts'

type Show = (report: StatusReport) => { json: unknown; text: string }

async function loadJson(): Promise<Show> {
  const { statusJson } = await import('./report/status-json.ts')
  return (report) => ({ json: statusJson(report), text: '' })
}

/** Lines of before that `--tail` begins with. */
const FIRST_LINES = 10

export default class Status extends BaseCommand {
  static override summary = 'Show runs, how far the data reach and what is missing'
  static override description =
    paragraphs(`Shows what runs and how the last runs ended, and a line for each symbol: which of its datasets are whole, how far
the others are behind the venue, and how many minutes of them were asked for and are not stored (missing); the worst first.
With --long a line for each symbol and dataset: from when to when, and minutes for which the venue itself has no row (absent).
With --tail it goes on and prints what runs tell, a line each, until Ctrl-C.`)
  static override examples = [
    { description: 'Runs and coverage', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Everything about one symbol',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --long',
    },
    { description: 'Follow what all runs do', command: '<%= config.bin %> <%= command.id %> --tail' },
    {
      description: 'Two symbols, for a script',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT --json',
    },
  ]
  static override flags = {
    tail: Flags.boolean({ env: 'PERPCTL_TAIL', description: 'follow: print what runs tell as it comes' }),
    venue: venueFlag,
    symbols: textFlag({
      char: 's',
      env: 'PERPCTL_STATUS_SYMBOLS',
      helpValue: 'A,B',
      description: 'only these symbols',
      values: suggest('all'),
    }),
    limit: Flags.string({
      env: 'PERPCTL_STATUS_LIMIT',
      helpValue: 'N',
      description: 'runs to show (default what runs and 3 that have ended; with --long and --json 10)',
    }),
    long: Flags.boolean({
      char: 'l',
      env: 'PERPCTL_STATUS_LONG',
      description: 'a line for each symbol and dataset, with times and minutes',
    }),
    all: Flags.boolean({
      env: 'PERPCTL_STATUS_ALL',
      description: 'every symbol, where there are more than 20 of them',
    }),
    sim: Flags.boolean({ env: 'PERPCTL_SIM', description: 'the database of runs with --sim' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(statusSettings)
    const { openReportDatabase, query } = await import('./report/database.ts')
    // What makes the report is loaded while the server lets us in.
    const [opened, { readStatus }, { describeVenue, longestFundingOf }] = await Promise.all([
      openReportDatabase(settings, this.signal),
      import('./report/status-report.ts'),
      import('../venues/index.ts'),
    ])
    await using database = opened
    if (!database) return this.#tellNothing(settings)
    const { sql, url } = database
    const { readStoredSymbols } = await import('./report/stored-symbols.ts')
    if (settings.tail) {
      await query(url, () => this.#follow(sql, settings))
      return this.interruptionCode ?? 0
    }
    const longestMs = longestFundingOf(describeVenue(settings.venue))
    // And what shows it, while the server works.
    const [report, show] = await Promise.all([
      query(url, async () => {
        const symbols =
          settings.symbols && (await readStoredSymbols(sql, { ...settings, symbols: settings.symbols }))
        return await readStatus(sql, { ...settings, ...(symbols && { symbols: [...symbols] }) }, longestMs)
      }),
      settings.json ? loadJson() : this.#loadText(settings),
    ])
    const { json, text } = show(report)
    this.print({ json, text: pasteable(text) })
    return 0
  }

  #tellNothing({ venue }: StatusSettings): number {
    if (this.interruptionCode !== undefined) return this.interruptionCode
    this.print({ json: emptyStatus(venue, Date.now()), text: pasteable(NOTHING_YET_SENTENCE) })
    return EXIT.done
  }

  async #loadText(settings: StatusSettings): Promise<Show> {
    const { statusText } = await import('./report/status-text.ts')
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    const paint = createPaint(this.isColored(process.stdout, settings.color))
    const screen = { width, paint, marks: createMarks(process.env) }
    return (report) => ({ json: undefined, text: statusText(report, settings, screen) })
  }

  async #follow(sql: Sql, settings: StatusSettings): Promise<void> {
    const { listStatus } = await import('../db/reports.ts')
    const { formatStatusLine } = await import('./report/status-text.ts')
    const { follow } = await import('./report/follow.ts')
    const { toJson } = await import('./report/json.ts')
    const paint = createPaint(this.isColored(process.stdout, settings.color))
    await follow({
      read: (afterId, limit) => listStatus(sql, { afterId, limit }),
      write: (row) => {
        process.stdout.write(`${settings.json ? toOneLineJson(toJson(row)) : formatStatusLine(row, paint)}\n`)
      },
      first: settings.limit ?? FIRST_LINES,
      signal: AbortSignal.any([this.signal, stdoutClosed]),
      onAway: () => tell('waiting for the database'),
    })
  }
}
