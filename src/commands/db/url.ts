import { EXIT } from '../../lib/errors.ts'
import { EmbeddedCommand } from './embedded-command.ts'

export default class DbUrl extends EmbeddedCommand {
  static override summary = 'Print the url of the embedded database, password included'
  static override description =
    `For psql and any other client on this machine. Starts the server if it does not run, so that the url works.
Whoever has the url can read and change everything in the database.`
  static override examples = [
    { description: 'Look into the database', command: 'psql "$(<%= config.bin %> <%= command.id %>)"' },
    {
      description: 'Save it to a file',
      command: 'pg_dump "$(<%= config.bin %> <%= command.id %>)" > perpctl.sql',
    },
  ]

  protected override async perform(): Promise<number> {
    const settings = await this.readCommonSettings()
    const { ensureEmbedded } = await import('../../db/embedded/ensure.ts')
    this.tellOtherDatabase(settings)
    const { url } = await ensureEmbedded(settings.home, {
      signal: this.signal,
      note: (message) => this.tell(message),
    })
    this.print({ json: { url }, text: url })
    return EXIT.done
  }
}
