import { BACKFILL_EXIT_CODES, paragraphs } from '../help-text.ts'
import { BackfillCommand } from './backfill-command.ts'

export default class BackfillOhlcv extends BackfillCommand {
  static override summary = 'Fetch the candles and funding rates that are missing'
  static override description =
    paragraphs(`Fetches the one-minute candles and funding rates that the database lacks, and nothing else, at the full speed that the
venue allows, and goes on until the newest closed minute is in. Can be interrupted and started again at any time.

${BACKFILL_EXIT_CODES}`)
  static override examples = [
    {
      description: 'The last 30 days of two symbols',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT,ETHUSDT',
    },
    {
      description: 'Everything since each listing, over two proxies and the own address',
      command:
        '<%= config.bin %> <%= command.id %> --symbols all --since listing --proxies http://user:pass@host1:3128,socks5://host2:1080',
    },
    {
      description: 'Try it without a network',
      command: '<%= config.bin %> <%= command.id %> --symbols BTCUSDT --sim',
    },
  ]

  protected readonly parts = ['ohlcv'] as const
}
