import { EXIT } from '../lib/errors.ts'
import { BaseCommand } from './base.ts'
import { paragraphs } from './help-text.ts'
import { readModel } from './read-model.ts'

export default class Man extends BaseCommand {
  static override summary = 'Print the manual, a page for man'
  static override description =
    paragraphs(`All commands with their flags, variables, files and exit codes on one page, in the form that
man and mandoc read.`)
  static override examples = [
    { description: 'Read it', command: '<%= config.bin %> <%= command.id %> | man -l -' },
    {
      description: 'Install it, for man perpctl',
      command: '<%= config.bin %> <%= command.id %> > ~/.local/share/man/man1/perpctl.1',
    },
  ]

  protected override async perform(): Promise<number> {
    await this.parse(Man)
    const { renderManPage } = await import('./manual/render.ts')
    const page = renderManPage(readModel(this.config))
    this.print({ json: { page }, text: page })
    return EXIT.done
  }
}
