import { PART_NAMES } from '../../lib/config/choices.ts'
import { backfillFlags, indicatorFlags, skipFlags } from '../flags.ts'
import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillAll extends BackfillCommand {
  static override summary = 'Fetch and make everything that is missing'
  static override description =
    paragraphs(`Candles and funding, mark and index prices, open interest and long/short ratios, liquidations, then RSI and taker volume: what needs nothing
of the others runs at the same time. A part that fails stops only what needs it; the run then ends with 3.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'The last 30 days of two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'Without a key for Coinalyze',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --skip lq',
    },
    {
      description: 'Without prices, which cost three times what candles cost',
      command: '<%= config.bin %> <%= command.id %> --symbols all --skip prices',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]
  static override flags = { ...backfillFlags, ...indicatorFlags, ...skipFlags }

  protected readonly parts = PART_NAMES
}
