import { Flags } from '@oclif/core'
import * as z from 'zod'
import { withDatabase } from '../../db/database-url.ts'
import { commonSettings } from '../../lib/config/settings.ts'
import { EXIT } from '../../lib/errors.ts'
import { paragraphs } from '../help-text.ts'
import { EmbeddedCommand } from './embedded-command.ts'

const urlSettings = commonSettings.extend({ sim: z.boolean().default(false) })

export default class DbUrl extends EmbeddedCommand {
  static override summary = 'Print the url of the embedded database, password included'
  static override description =
    paragraphs(`For psql and any other client on this machine. Starts the server if it does not run, so that the url works;
where there is none yet it makes none (exit code 4).
Whoever has the url can read and change everything in the database.`)
  static override examples = [
    { description: 'Look into the database', command: '$ psql "$(<%= config.bin %> <%= command.id %>)"' },
    {
      description: 'Save it to a file',
      command: '$ pg_dump "$(<%= config.bin %> <%= command.id %>)" > perpctl.sql',
    },
  ]

  static override flags = {
    sim: Flags.boolean({ env: 'PERPCTL_SIM', description: 'the database of simulated runs' }),
  }

  protected override async perform(): Promise<number> {
    const settings = await this.settings(urlSettings)
    const { ensureEmbedded } = await import('../../db/embedded/ensure.ts')
    const { hasEmbedded, missingEmbedded } = await import('../../db/embedded/inspect.ts')
    const { SIM_DATABASE } = await import('../database.ts')
    this.tellOtherDatabase(settings)
    if (!(await hasEmbedded(settings.home))) throw missingEmbedded(settings.home)
    const { url } = await ensureEmbedded(settings.home, {
      signal: this.signal,
      note: (message) => this.tell(message),
    })
    const chosen = settings.sim ? withDatabase(url, SIM_DATABASE) : url
    this.print({ json: { url: chosen }, text: chosen })
    return EXIT.done
  }
}
