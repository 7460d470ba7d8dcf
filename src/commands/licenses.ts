import { commonSettings } from '../lib/config/settings.ts'
import { EXIT } from '../lib/errors.ts'
import { readAsset } from '../lib/executable.ts'
import { BaseCommand } from './base.ts'

const BESIDE =
  'perpctl is under the MIT license (the file LICENSE). What it uses lies beside it in node_modules, each package with its own.'

export default class Licenses extends BaseCommand {
  static override summary = 'Print the licenses of perpctl and of all that this file holds'
  static override description =
    'A single executable holds Node.js, PostgreSQL and packages of npm. Whoever passes it on passes these licenses on too.'
  static override examples = [
    { description: 'Read them', command: '<%= config.bin %> <%= command.id %> | less' },
    {
      description: 'Keep them beside the file',
      command: '<%= config.bin %> <%= command.id %> > LICENSES.txt',
    },
  ]

  protected override async perform(): Promise<number> {
    await this.settings(commonSettings)
    const bytes = readAsset('licenses.txt')
    const text = bytes ? new TextDecoder().decode(bytes) : BESIDE
    this.print({ json: { licenses: text }, text })
    return EXIT.done
  }
}
