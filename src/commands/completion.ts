import { Args } from '@oclif/core'
import { SHELLS } from '../lib/config/choices.ts'
import { EXIT, UsageError } from '../lib/errors.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { BaseCommand } from './base.ts'
import { paragraphs } from './help-text.ts'
import { readModel } from './read-model.ts'

export default class Completion extends BaseCommand {
  static override summary = 'Print a script that completes commands, flags and values in a shell'
  static override description =
    paragraphs(`The script says in its first lines how to install it. It knows the commands of this
version: print it again after an update. Nothing of perpctl is started when TAB is pressed.`)
  static override examples = [
    { description: 'bash, for this shell', command: '$ eval "$(<%= config.bin %> <%= command.id %> bash)"' },
    {
      description: 'zsh, for every new shell, where ~/.zfunc is in fpath',
      command: '<%= config.bin %> <%= command.id %> zsh > ~/.zfunc/_perpctl',
    },
    {
      description: 'fish, for every new shell',
      command: '<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/perpctl.fish',
    },
  ]
  static override usage = `${SHELLS.join('|')} [FLAGS]`
  static override args = {
    shell: Args.string({ options: [...SHELLS], description: 'the shell that reads the script' }),
  }

  protected override async perform(): Promise<number> {
    const { args } = await this.parse(Completion)
    const shell = SHELLS.find((name) => name === args.shell)
    if (shell === undefined) {
      throw new UsageError(`no shell given: expected one of ${SHELLS.join(', ')}`, {
        hint: `for example ${ownCommand('completion bash')}`,
      })
    }
    const { renderCompletion } = await import('./completion/render.ts')
    const script = renderCompletion(shell, readModel(this.config))
    this.print({ json: { shell, script }, text: script })
    return EXIT.done
  }
}
