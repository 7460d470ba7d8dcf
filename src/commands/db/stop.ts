import { EXIT } from '../../lib/errors.ts'
import { paragraphs } from '../help-text.ts'
import { EmbeddedCommand } from './embedded-command.ts'

export default class DbStop extends EmbeddedCommand {
  static override summary = 'Stop the embedded PostgreSQL server'
  static override description =
    paragraphs(`Ends its connections, whoever holds them, and returns when the server is gone. What is committed stays; the next command
that needs the server starts it again.`)
  static override examples = [
    { description: 'Stop it', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Stop the one of another home',
      command: '<%= config.bin %> <%= command.id %> --home /data/perpctl',
    },
  ]

  protected override async perform(): Promise<number> {
    const { home } = await this.readCommonSettings()
    const { stopEmbedded } = await import('../../db/embedded/stop.ts')
    const result = await stopEmbedded(home, { signal: this.signal })
    this.print({
      json: { stopped: result === 'stopped' },
      text:
        result === 'stopped'
          ? 'The embedded PostgreSQL is stopped'
          : 'The embedded PostgreSQL was not running',
    })
    return EXIT.done
  }
}
