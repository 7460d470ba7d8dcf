import { backfillFlags, indicatorFlags } from '../flags.ts'
import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillRsiTv extends BackfillCommand {
  static override summary = 'Make the RSI and the taker volume that are missing'
  static override description =
    paragraphs(`Makes Wilder's RSI of the stored one-minute closes, for each symbol and for MT, the equally weighted index of all symbols
with stored candles. Every unbroken series of candles is one series of averages, from its first candle on, whatever
--since says. Fetches the taker volume of five minutes and spreads it over their candles in proportion to their volume.

Needs candles: run perpctl backfill ohlcv before.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'From the stored candles of two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'Another period, and the taker volume that the candles tell themselves',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --period 21 --tv-method exact',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]
  static override flags = { ...backfillFlags, ...indicatorFlags }

  protected readonly parts = ['rsi-tv'] as const
}
