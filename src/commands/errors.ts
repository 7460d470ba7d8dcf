import { Flags } from '@oclif/core'
import type { ErrorFilter, ErrorReport } from '../db/reports.ts'
import { type Instant, resolveInstant } from '../lib/config/instants.ts'
import { EXIT, UsageError } from '../lib/errors.ts'
import { ERROR_TYPES, findErrorType } from '../lib/model/error-types.ts'
import { findNearMatches } from '../lib/symbols/choose-symbols.ts'
import { toOneLineJson } from '../lib/text/one-line.ts'
import { createPaint } from '../lib/text/paint.ts'
import { BaseCommand } from './base.ts'
import { pasteable, stdoutClosed, tell } from './output.ts'
import { NOTHING_YET_SENTENCE } from './report/nothing-yet.ts'
import { type ErrorsSettings, errorsSettings } from './report/settings.ts'
import { suggest, textFlag } from './values.ts'

export default class Errors extends BaseCommand {
  static override summary = 'Show what went wrong'
  static override description =
    'Shows recorded failures, the newest last, and what each type of them means and asks of you. Warnings were healed or are harmless; errors mean that data are missing.'
  static override examples = [
    { description: 'The last 50', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'All of one run, with details',
      command: '<%= config.bin %> <%= command.id %> --run 6f1c2d3e --limit 1000 --verbose',
    },
    {
      description: 'Rejected rows of one symbol since yesterday',
      command: '<%= config.bin %> <%= command.id %> --symbol BTCUSDT --type bad_row --since 24h',
    },
  ]
  static override flags = {
    tail: Flags.boolean({ env: 'PERPCTL_TAIL', description: 'follow: print failures as they come' }),
    run: Flags.string({
      env: 'PERPCTL_ERRORS_RUN',
      helpValue: 'ID',
      description: 'of this run; the first digits do',
    }),
    symbol: Flags.string({
      char: 's',
      env: 'PERPCTL_ERRORS_SYMBOL',
      helpValue: 'BTCUSDT',
      description: 'of this symbol',
    }),
    type: textFlag({
      env: 'PERPCTL_ERRORS_TYPE',
      helpValue: 'TYPE',
      description: 'of this type: bad_row, payload …',
      values: suggest(...ERROR_TYPES.map(({ type }) => type)),
    }),
    since: textFlag({
      env: 'PERPCTL_ERRORS_SINCE',
      helpValue: 'WHEN',
      description: 'from: 1h, 7d, 2026-02-01',
      values: suggest('1h', '24h', '7d'),
    }),
    until: textFlag({
      env: 'PERPCTL_ERRORS_UNTIL',
      helpValue: 'WHEN',
      description: 'to, exclusive',
      values: suggest('1h', '24h', '7d'),
    }),
    limit: Flags.string({
      env: 'PERPCTL_ERRORS_LIMIT',
      helpValue: 'N',
      description: 'at most so many (default 50)',
    }),
    verbose: Flags.boolean({ char: 'v', env: 'PERPCTL_ERRORS_VERBOSE', description: 'show the details too' }),
    sim: Flags.boolean({ env: 'PERPCTL_SIM', description: 'the database of runs with --sim' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(errorsSettings)
    const { openReportDatabase, query } = await import('./report/database.ts')
    const { listErrors } = await import('../db/reports.ts')
    const { formatErrors } = await import('./report/errors-text.ts')
    const { toJson } = await import('./report/json.ts')
    const { readStoredSymbols } = await import('./report/stored-symbols.ts')
    await using database = await openReportDatabase(settings, this.signal)
    if (!database) {
      if (this.interruptionCode !== undefined) return this.interruptionCode
      this.print({ json: { errors: [] }, text: pasteable(NOTHING_YET_SENTENCE) })
      return EXIT.done
    }
    const { sql, url } = database
    const symbols = settings.symbol === undefined ? [] : [settings.symbol]
    const [symbol] = await query(url, () => readStoredSymbols(sql, { venue: undefined, symbols }))
    tellUnknownType(settings.type)
    const filter = filterOf({ ...settings, symbol: symbol ?? settings.symbol })
    const read = (afterId: number, limit: number) => listErrors(sql, { ...filter, afterId, limit })
    if (settings.tail) {
      await query(url, () => this.#follow(read, settings))
      return this.interruptionCode ?? 0
    }
    const errors = await query(url, () => read(0, settings.limit))
    const told = errors.map((one) => ({ ...one, message: pasteable(one.message ?? '') }))
    const width = process.stdout.isTTY ? process.stdout.columns : undefined
    const paint = createPaint(this.isColored(process.stdout, settings.color))
    const lines = formatErrors(told, { width, paint, isVerbose: settings.verbose })
    const text = errors.length > 0 ? lines.join('\n') : 'No failure is recorded, or none passes the filter.'
    this.print({ json: { errors: toJson(errors) }, text })
    return 0
  }

  async #follow(
    read: (afterId: number, limit: number) => Promise<ErrorReport[]>,
    { json, verbose, limit, color }: ErrorsSettings,
  ): Promise<void> {
    const { follow } = await import('./report/follow.ts')
    const { formatErrorLine } = await import('./report/errors-text.ts')
    const { toJson } = await import('./report/json.ts')
    const paint = createPaint(this.isColored(process.stdout, color))
    await follow({
      read,
      write: (row) => {
        process.stdout.write(`${json ? toOneLineJson(toJson(row)) : formatErrorLine(row, paint, verbose)}\n`)
      },
      first: limit,
      signal: AbortSignal.any([this.signal, stdoutClosed]),
      onAway: () => tell('waiting for the database'),
    })
  }
}

/** A database of another version may have it: no error. */
function tellUnknownType(type: string | undefined): void {
  if (type === undefined || findErrorType(type)) return
  const near = findNearMatches(
    type,
    ERROR_TYPES.map((known) => ({ symbol: known.type })),
  )
  tell(`this version knows no type ${type}${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`)
}

function filterOf({ run, symbol, type, since, until }: ErrorsSettings): Omit<ErrorFilter, 'limit'> {
  const resolve = (instant: Exclude<Instant, 'listing'> | undefined): number | undefined =>
    instant === undefined ? undefined : resolveInstant(instant, Date.now())
  const [from, to] = [resolve(since), resolve(until)]
  if (from !== undefined && to !== undefined && from >= to)
    throw new UsageError('--since is not before --until', { hint: 'give a --since before --until' })
  return { executionId: run, symbol, type, since: from, until: to }
}
