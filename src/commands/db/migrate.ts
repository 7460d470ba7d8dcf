import { Flags } from '@oclif/core'
import * as z from 'zod'
import type { Sql } from '../../db/connect.ts'
import type { MigrationState } from '../../db/migrate.ts'
import { commonSettings } from '../../lib/config/settings.ts'
import { EXIT } from '../../lib/errors.ts'
import { formatUtc } from '../../lib/text/times.ts'
import { BaseCommand } from '../base.ts'
import { paragraphs } from '../help-text.ts'
import { tell } from '../output.ts'

const migrateSettings = commonSettings.extend({ list: z.boolean().default(false) })
type MigrateSettings = z.output<typeof migrateSettings>

interface Result {
  readonly json: unknown
  readonly text: string
}

async function list(sql: Sql, database: string): Promise<Result> {
  const { listMigrations } = await import('../../db/migrate.ts')
  const states = await listMigrations(sql)
  const toLine = ({ name, appliedAt }: MigrationState): string =>
    `${name}  ${appliedAt === null ? 'pending' : `applied ${formatUtc(appliedAt)}`}`
  const migrations = states.map(({ name, appliedAt }) => ({
    name,
    appliedAt: appliedAt === null ? null : new Date(appliedAt).toISOString(),
  }))
  return { json: { database, migrations }, text: states.map(toLine).join('\n') }
}

async function apply(sql: Sql, database: string): Promise<Result> {
  const { migrate } = await import('../../db/migrate.ts')
  const applied = await migrate(sql)
  const text =
    applied.length > 0 ? `Applied to ${database}: ${applied.join(', ')}` : `${database} is up to date`
  return { json: { database, applied }, text }
}

export default class DbMigrate extends BaseCommand {
  static override summary = 'Bring the tables of the database up to this version'
  static override description =
    paragraphs(`Works on DATABASE_URL if it is set, otherwise on the embedded server, which it starts. May run any number of times, also at
once. A database that a newer perpctl has migrated is left alone (exit code 5).`)
  static override examples = [
    { description: 'Apply what is pending', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Look first', command: '<%= config.bin %> <%= command.id %> --list' },
  ]
  static override flags = {
    list: Flags.boolean({ env: 'PERPCTL_LIST', description: 'show all migrations and apply none' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(migrateSettings)
    const { connect, describeDatabase, toDatabaseError } = await import('../../db/connect.ts')
    const { noteAssumptions } = await import('../database.ts')
    const { findRoute } = await import('../../db/route.ts')
    const url = settings.databaseUrl
      ? await findRoute(settings.databaseUrl)
      : await this.#startEmbedded(settings)
    const sql = connect(url, { max: 1, applicationName: 'perpctl db migrate' })
    try {
      const result = await (settings.list ? list : apply)(sql, describeDatabase(url))
      if (settings.databaseUrl !== undefined) noteAssumptions(settings.databaseUrl, tell)
      this.print(result)
    } catch (error) {
      throw toDatabaseError(error, url)
    } finally {
      await sql.end({ timeout: 1 })
    }
    return EXIT.done
  }

  async #startEmbedded({ home }: MigrateSettings): Promise<string> {
    const { ensureEmbedded } = await import('../../db/embedded/ensure.ts')
    return (await ensureEmbedded(home, { signal: this.signal, note: tell })).url
  }
}
