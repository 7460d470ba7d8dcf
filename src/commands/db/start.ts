import { EXIT } from '../../lib/errors.ts'
import { paragraphs } from '../help-text.ts'
import { EmbeddedCommand } from './embedded-command.ts'

export default class DbStart extends EmbeddedCommand {
  static override summary = 'Start the embedded PostgreSQL server, in the background'
  static override description =
    paragraphs(`Other commands start it when they need it; this one is for whoever wants it to run before. The first start creates it.
It listens on this machine alone and runs until perpctl db stop or the end of the machine.`)
  static override examples = [
    { description: 'Start it', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Keep its data on another disk',
      command: '<%= config.bin %> <%= command.id %> --home /data/perpctl',
    },
  ]

  protected override async perform(): Promise<number> {
    const settings = await this.readCommonSettings()
    const { ensureEmbedded } = await import('../../db/embedded/ensure.ts')
    const { inspectEmbedded } = await import('../../db/embedded/inspect.ts')
    const { ensureDatabase } = await import('../../db/connect.ts')
    const { DATABASE } = await import('../../db/embedded/settings.ts')
    this.tellOtherDatabase(settings)
    const { running: wasRunning } = await inspectEmbedded(settings.home)
    const { url } = await ensureEmbedded(settings.home, {
      signal: this.signal,
      note: (message) => this.tell(message),
    })
    // Brings back a database that was dropped by hand while the server ran.
    await ensureDatabase(url, DATABASE)
    const { pid, port, dataFolder } = await inspectEmbedded(settings.home)
    const told = wasRunning ? 'already runs' : 'runs now'
    this.print({
      json: { started: !wasRunning, pid, port, dataFolder },
      text: `The embedded PostgreSQL ${told}: process ${pid}, port ${port}, data in ${dataFolder}`,
    })
    return EXIT.done
  }
}
