import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillOiLsr extends BackfillCommand {
  static override summary = 'Fetch the open interest and long/short ratios that are missing'
  static override description =
    paragraphs(`Fetches open interest and the three long/short ratios (all accounts, top accounts, top positions). The venue takes a
snapshot every five minutes and keeps 30 days of them: what is older cannot be had, and what expires first is fetched first.
A snapshot holds for the five minutes from its time on and is stored as a row for each of them.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'The last 30 days, all that there is',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'What a run would ask for',
      command: '<%= config.bin %> <%= command.id %> --symbols all --dry-run',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]

  protected readonly parts = ['oi-lsr'] as const
}
