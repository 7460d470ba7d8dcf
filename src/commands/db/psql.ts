import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { Args, Flags } from '@oclif/core'
import * as z from 'zod'
import type { Sql } from '../../db/connect.ts'
import { duration } from '../../lib/config/fields.ts'
import { commonSettings } from '../../lib/config/settings.ts'
import { ConfigurationError, EXIT, UsageError } from '../../lib/errors.ts'
import { createPaint } from '../../lib/text/paint.ts'
import { BaseCommand } from '../base.ts'
import { paragraphs } from '../help-text.ts'
import { stdoutClosed, tell } from '../output.ts'
import { FILE, suggest, textFlag } from '../values.ts'

const psqlSettings = commonSettings.extend({
  sim: z.boolean().default(false),
  file: z.string().optional(),
  csv: z.boolean().default(false),
  write: z.boolean().default(false),
  timeout: duration.optional(),
})
type PsqlSettings = z.output<typeof psqlSettings>

export default class DbPsql extends BaseCommand {
  static override summary = 'Run a statement of SQL and show its rows, without a psql'
  static override description =
    paragraphs(`Takes the statement as its word, from --file, or from stdin; on a terminal without any of them it asks for statements, each
up to its semicolon, until \\q. The server lets it read only; --write lifts that.

Rows are shown while they come, however many there are: as a table, as blocks where a table is wider than the terminal, as
CSV (RFC 4180) or as one JSON object; numbers with exactly their digits, times in UTC. What is wrong with the statement
ends with 2.`)
  static override examples = [
    {
      description: 'Look at some rows',
      command: '<%= config.bin %> <%= command.id %> "select * from perp_1m limit 5"',
    },
    {
      description: 'A view as a file',
      command: `<%= config.bin %> <%= command.id %> --csv "select * from perp_1m where symbol = 'BTCUSDT'" > btcusdt.csv`,
    },
    { description: 'Ask one after the other', command: '<%= config.bin %> <%= command.id %> --sim' },
  ]
  static override usage = '[STATEMENT] [FLAGS]'
  static override args = {
    statement: Args.string({ description: 'one statement of SQL, quoted for the shell' }),
  }
  static override flags = {
    file: textFlag({
      char: 'f',
      env: 'PERPCTL_PSQL_FILE',
      helpValue: 'FILE',
      description: 'read the statement from this file',
      values: FILE,
    }),
    csv: Flags.boolean({ env: 'PERPCTL_PSQL_CSV', description: 'rows as CSV' }),
    write: Flags.boolean({ env: 'PERPCTL_PSQL_WRITE', description: 'let it change data' }),
    timeout: textFlag({
      env: 'PERPCTL_PSQL_TIMEOUT',
      helpValue: '30s',
      description: 'end a statement that takes longer (default: never)',
      values: suggest('30s', '5m', '1h'),
    }),
    sim: Flags.boolean({ env: 'PERPCTL_SIM', description: 'the database of simulated runs' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(psqlSettings)
    const { args } = await this.parse(DbPsql)
    if (settings.csv && settings.json)
      throw new UsageError('--csv and --json are two forms: give one of them')
    const given = await readGiven(args.statement, settings.file)
    const url = await this.#open(settings)
    const { openStatements } = await import('../../db/statement.ts')
    const sql = openStatements(url)
    try {
      if (given !== undefined) await this.#run({ sql, url }, given, settings, this.signal)
      else await this.#ask({ sql, url }, settings)
    } finally {
      await sql.end({ timeout: 1 })
    }
    return this.interruptionCode ?? EXIT.done
  }

  async #open(settings: PsqlSettings): Promise<string> {
    const { chooseDatabaseUrl, openDatabase } = await import('../database.ts')
    const { hasEmbedded, missingEmbedded } = await import('../../db/embedded/inspect.ts')
    const { home, sim } = settings
    const databaseUrl = chooseDatabaseUrl(settings)
    if (databaseUrl === undefined && !(await hasEmbedded(home))) throw missingEmbedded(home)
    return await openDatabase({ home, databaseUrl, signal: this.signal, note: tell }, sim)
  }

  async #run(
    place: { readonly sql: Sql; readonly url: string },
    statement: string,
    { csv, json, write: isWriting, timeout, color }: PsqlSettings,
    stop: AbortSignal,
  ): Promise<void> {
    const { runStatement } = await import('../../db/statement.ts')
    const { csvWriter, jsonWriter, tableWriter } = await import('../sql/writers.ts')
    const { writeOut } = await import('../sql/write-out.ts')
    // A terminal that does not know its size says 0.
    const width = (process.stdout.isTTY && process.stdout.columns) || undefined
    const paint = createPaint(this.isColored(process.stdout, color)).faint
    const sink = csv
      ? csvWriter(writeOut)
      : json
        ? jsonWriter(writeOut)
        : tableWriter(writeOut, { width, paint })
    const signal = AbortSignal.any([stop, stdoutClosed])
    try {
      await runStatement(place, statement, sink, { isWriting, timeoutMs: timeout, signal })
    } catch (error) {
      // Whoever reads no further has what he wanted.
      if (!stdoutClosed.aborted) throw error
    }
  }

  /** What is wrong with one statement ends it alone. */
  async #ask(place: { readonly sql: Sql; readonly url: string }, settings: PsqlSettings): Promise<void> {
    const { prompt } = await import('../sql/prompt.ts')
    const { describeDatabase } = await import('../../db/database-url.ts')
    tell(
      `${describeDatabase(place.url)}, ${settings.write ? 'writing' : 'reading only'}; a statement ends with ;, \\q leaves`,
    )
    await prompt({
      input: process.stdin,
      output: process.stdout,
      run: async (statement, signal) => {
        try {
          await this.#run(place, statement, settings, signal)
        } catch (error) {
          if (signal.aborted) tell('cancelled')
          else if (error instanceof UsageError)
            tell([error.message, error.hint ?? ''].filter(Boolean).join('; '))
          else throw error
        }
      },
    })
  }
}

/** Undefined: it is to be asked for. */
async function readGiven(word: string | undefined, file: string | undefined): Promise<string | undefined> {
  if (word !== undefined && file !== undefined)
    throw new UsageError('a statement is given twice: leave one out')
  const given = word ?? (file === undefined ? await readStdin() : await readStatement(file))
  if (given?.trim() === '') throw new UsageError('the statement is empty', { hint: 'for example "select 1"' })
  return given
}

const readStdin = async (): Promise<string | undefined> =>
  process.stdin.isTTY ? undefined : await text(process.stdin)

async function readStatement(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new ConfigurationError(`${file} cannot be read`, { cause, hint: 'check --file' })
  }
}
