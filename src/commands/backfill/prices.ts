import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillPrices extends BackfillCommand {
  static override summary = 'Fetch the mark price, index price and premium index that are missing'
  static override description =
    paragraphs(`Fetches the one-minute candles of the mark price, of the index price (one for all contracts of a pair) and of the
premium index. Each of the three costs what the candles of the same time cost, out of the same limit: a year of one symbol
takes about a minute over one address, of 500 symbols about seven hours for each of them.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'The last 30 days of two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'What a run would ask for, and how long that takes',
      command: '<%= config.bin %> <%= command.id %> --symbols all --since 365d --dry-run',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]

  protected readonly parts = ['prices'] as const
}
