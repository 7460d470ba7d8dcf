import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillLq extends BackfillCommand {
  static override summary = 'Fetch the liquidations that are missing'
  static override description =
    paragraphs(`Fetches the liquidated base volume per minute, longs and shorts, from Coinalyze (COINALYZE_KEY), which keeps some days of
minutes and takes 40 symbols a minute. A covered minute without a row had no liquidation. What Coinalyze has deleted
cannot be had.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'All that is kept of two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'Try it without a network and without a key',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]

  protected readonly parts = ['lq'] as const
}
