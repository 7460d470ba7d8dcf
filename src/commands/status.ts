import { Flags } from '@oclif/core'
import type { Sql } from '../db/connect.ts'
import { EXIT } from '../lib/errors.ts'
import { toOneLineJson } from '../lib/text/one-line.ts'
import { createPaint } from '../lib/text/paint.ts'
import { BaseCommand } from './base.ts'
import { venueFlag } from './flags.ts'
import { paragraphs } from './help-text.ts'
import { pasteable, stdoutClosed, tell } from './output.ts'
import { emptyStatus, NOTHING_YET_SENTENCE } from './report/nothing-yet.ts'
import { type StatusSettings, statusSettings } from './report/settings.ts'
import { suggest, textFlag } from './values.ts'

export default class Status extends BaseCommand {
  static override summary = 'Show runs, how far the data reach and what is missing'
  static override description =
    paragraphs(`Shows the last runs and, per symbol and dataset, from when to when data are there, how far they are behind the venue,
minutes for which the venue itself has no row (absent), and minutes that were never fetched (missing).
With --tail it goes on and prints what runs tell, a line each, until Ctrl-C.`)
  static override examples = [
    { description: 'Runs and coverage', command: '<%= config.bin %> <%= command.id %>' },
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
      description: 'runs to show (default 10)',
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
    const [opened, { reportStatus }] = await Promise.all([
      openReportDatabase(settings, this.signal),
      import('./report/status-report.ts'),
    ])
    await using database = opened
    if (!database) return this.#tellNothing(settings)
    const paint = createPaint(this.isColored(process.stdout, settings.color))
    const { sql, url } = database
    const { readStoredSymbols } = await import('./report/stored-symbols.ts')
    if (settings.tail) {
      await query(url, () => this.#follow(sql, settings))
      return this.interruptionCode ?? 0
    }
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    const { json, text } = await query(url, async () => {
      const symbols =
        settings.symbols && (await readStoredSymbols(sql, { ...settings, symbols: settings.symbols }))
      return await reportStatus(
        sql,
        { ...settings, ...(symbols && { symbols: [...symbols] }) },
        { width, paint },
      )
    })
    this.print({ json, text: pasteable(text) })
    return 0
  }

  #tellNothing({ venue }: StatusSettings): number {
    if (this.interruptionCode !== undefined) return this.interruptionCode
    this.print({ json: emptyStatus(venue, Date.now()), text: pasteable(NOTHING_YET_SENTENCE) })
    return EXIT.done
  }

  async #follow(sql: Sql, settings: StatusSettings): Promise<void> {
    const { listStatus } = await import('../db/reports.ts')
    const { formatStatusLine } = await import('./report/status-report.ts')
    const { follow } = await import('./report/follow.ts')
    const { toJson } = await import('./report/json.ts')
    const paint = createPaint(this.isColored(process.stdout, settings.color))
    await follow({
      read: (afterId, limit) => listStatus(sql, { afterId, limit }),
      write: (row) => {
        process.stdout.write(`${settings.json ? toOneLineJson(toJson(row)) : formatStatusLine(row, paint)}\n`)
      },
      first: settings.limit,
      signal: AbortSignal.any([this.signal, stdoutClosed]),
      onAway: () => tell('waiting for the database'),
    })
  }
}
