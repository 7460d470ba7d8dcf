import { describeDatabase } from '../../db/database-url.ts'
import { type CommonSettings, commonSettings } from '../../lib/config/settings.ts'
import { BaseCommand } from '../base.ts'
import { tell } from '../output.ts'

/** What the commands about the embedded server share. */
export abstract class EmbeddedCommand extends BaseCommand {
  protected async readCommonSettings(): Promise<CommonSettings> {
    return await this.settings(commonSettings)
  }

  /** Beside the result: stdout belongs to what the command was asked for. */
  protected tell(message: string): void {
    tell(message)
  }

  protected tellOtherDatabase({ databaseUrl }: CommonSettings): void {
    if (databaseUrl === undefined) return
    this.tell(
      `note: DATABASE_URL is set, so that other commands use ${describeDatabase(databaseUrl)}, not this server`,
    )
  }
}
