import type { EmbeddedState } from '../../db/embedded/inspect.ts'
import { EXIT } from '../../lib/errors.ts'
import { EmbeddedCommand } from './embedded-command.ts'

function describeState({ running, pid, port, dataFolder, initialised, version }: EmbeddedState): string {
  if (!initialised) return `There is no embedded PostgreSQL yet; its data will be in ${dataFolder}`
  const name = `The embedded PostgreSQL ${version}`
  if (running) return `${name} runs: process ${pid}, port ${port}, data in ${dataFolder}`
  if (pid !== null) return `${name} is starting or stopping: process ${pid}, data in ${dataFolder}`
  return `${name} is not running; its data are in ${dataFolder}`
}

export default class DbStatus extends EmbeddedCommand {
  static override summary = 'Tell whether the embedded PostgreSQL server runs, and where its data are'
  static override description = 'Looks only: starts nothing and changes nothing.'
  static override examples = [
    { description: 'Is it running?', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a script', command: '<%= config.bin %> <%= command.id %> --json' },
  ]

  protected override async perform(): Promise<number> {
    const settings = await this.readCommonSettings()
    const { inspectEmbedded } = await import('../../db/embedded/inspect.ts')
    this.tellOtherDatabase(settings)
    const state = await inspectEmbedded(settings.home)
    this.print({ json: state, text: describeState(state) })
    return EXIT.done
  }
}
