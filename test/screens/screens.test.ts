import { describe, expect, it } from 'vitest'
import { formatErrors } from '../../src/commands/report/errors-text.ts'
import { statusText } from '../../src/commands/report/status-text.ts'
import { displayWidth } from '../../src/lib/text/width.ts'
import { CLOCK, FAILURES, FIVE, RUNS, screenOf } from './scene.ts'

const WIDTHS = [50, 80, 120] as const
const ALL = { symbols: undefined, limit: undefined, all: false, long: false }
const REPORT = { venue: 'binance', clock: CLOCK, runs: RUNS, series: FIVE, unproven: [], suspects: [] }
const ONE = FIVE.filter(({ symbol }) => symbol === 'ADAUSDT')

const STATUS = {
  50: [
    'running  stream  for 1d',
    '  OHLCV: 5| LQ: 3| TV: 5',
    'completed  backfill ohlcv  2h ago',
    '  119 rows (119 new) in 4 requests, 0s, 1 error, 1',
    '  minute still missing',
    'lost  backfill ohlcv  2h ago',
    '  the process died; run the command again',
    '',
    '21 of 25 series whole, up to 14:37 UTC; 2 behind,',
    '1 missing, 1 rebuilding',
    '',
    'ETHUSDT       12m: ohlcv; 2h: oi; ✓ 5',
    'ADAUSDT       1.2k missing: ohlcv; rebuilding:',
    '              rsi; ✓ 5',
    'BTCUSDT       ✓ 7',
    'MT            ✓ 2',
    '币安人生USDT  ✓ 2',
    '',
    'oi open interest, lsr long/short ratios, lq',
    'liquidations, tv taker volume, mt index of all',
    'symbols',
    '12m, 2h, 3d: so far behind the clock of binance',
    'missing: minutes that were asked for and are not',
    'stored; the next backfill fetches them',
    'rebuilding: made of candles that have changed',
    'since; backfill rsi-tv makes it anew',
  ],
  80: [
    'state      command           when  last message',
    'running    stream          for 1d  OHLCV: 5| LQ: 3| TV: 5',
    'completed  backfill ohlcv  2h ago  119 rows (119 new) in 4 requests, 0s, 1',
    '                                   error, 1 minute still missing',
    'lost       backfill ohlcv  2h ago  the process died; run the command again',
    '',
    '21 of 25 series whole, up to 14:37 UTC; 2 behind, 1 missing, 1 rebuilding',
    '',
    'symbol        ohlcv         funding  oi  lsr  lq  tv  rsi         mt',
    'ETHUSDT       12m           ✓        2h  ✓    ✓   ✓   ✓',
    'ADAUSDT       1.2k missing  ✓        ✓   ✓    ✓   ✓   rebuilding',
    'BTCUSDT       ✓             ✓        ✓   ✓    ✓   ✓   ✓',
    'MT                                                    ✓           ✓',
    '币安人生USDT  ✓             ✓        -   -    -   -   -',
    '',
    'oi open interest, lsr long/short ratios, lq liquidations, tv taker volume, mt',
    'index of all symbols',
    '12m, 2h, 3d: so far behind the clock of binance',
    'missing: minutes that were asked for and are not stored; the next backfill',
    'fetches them',
    'rebuilding: made of candles that have changed since; backfill rsi-tv makes it',
    'anew',
    '-: never asked for',
  ],
  120: [
    'state      command         run         when  last message',
    'running    stream          0a1b2c3d  for 1d  OHLCV: 5| LQ: 3| TV: 5',
    'completed  backfill ohlcv  6f1c2d3e  2h ago  119 rows (119 new) in 4 requests, 0s, 1 error, 1 minute still missing',
    'lost       backfill ohlcv  e1e9e4b2  2h ago  the process died; run the command again',
    '',
    '21 of 25 series whole, up to 14:37 UTC; 2 behind, 1 missing, 1 rebuilding',
    '',
    'symbol        ohlcv         funding  oi  lsr  lq  tv  rsi         mt',
    'ETHUSDT       12m           ✓        2h  ✓    ✓   ✓   ✓',
    'ADAUSDT       1.2k missing  ✓        ✓   ✓    ✓   ✓   rebuilding',
    'BTCUSDT       ✓             ✓        ✓   ✓    ✓   ✓   ✓',
    'MT                                                    ✓           ✓',
    '币安人生USDT  ✓             ✓        -   -    -   -   -',
    '',
    'oi open interest, lsr long/short ratios, lq liquidations, tv taker volume, mt index of all symbols',
    '12m, 2h, 3d: so far behind the clock of binance',
    'missing: minutes that were asked for and are not stored; the next backfill fetches them',
    'rebuilding: made of candles that have changed since; backfill rsi-tv makes it anew',
    '-: never asked for',
  ],
}

const LONG = {
  50: [
    'completed  backfill ohlcv',
    '  last seen 2h 00m ago  errors 1',
    '  119 rows (119 new) in 4 requests, 0s, 1 error, 1',
    '  minute still missing',
    'lost  backfill ohlcv',
    '  last seen 2h 00m ago  errors 1',
    '  the process died; run the command again',
    'running  stream',
    '  last seen 12s ago  errors 0',
    '  OHLCV: 5| LQ: 3| TV: 5',
    '',
    'ADAUSDT  ohlcv',
    '  lag 0  missing 1,204 in 1',
    '  2026-01-31 17:13 – 2026-02-01 13:17',
    'ADAUSDT  funding',
    '  lag 0  missing 0',
    'ADAUSDT  oi',
    '  lag 0  missing 0',
    'ADAUSDT  lsr',
    '  lag 0  missing 0',
    'ADAUSDT  lq',
    '  lag 0  missing 0',
    'ADAUSDT  tv',
    '  lag 0  missing 0',
    'ADAUSDT  rsi',
    '  lag 0  missing rebuilding',
    '',
    'oi open interest, lsr long/short ratios, lq',
    'liquidations, tv taker volume',
    'lag: behind the clock of binance, 0 where nothing',
    'more is due yet; absent: no row can be there;',
    'missing: asked for and not stored, the next',
    'backfill fetches it',
  ],
  80: [
    'state      command         errors  last message',
    'completed  backfill ohlcv       1  119 rows (119 new) in 4 requests, 0s, 1',
    '                                   error, 1 minute still missing',
    'lost       backfill ohlcv       1  the process died; run the command again',
    'running    stream               0  OHLCV: 5| LQ: 3| TV: 5',
    '',
    'symbol   dataset  lag     missing  first missing (UTC)',
    'ADAUSDT  ohlcv      0  1,204 in 1  2026-01-31 17:13 – 2026-02-01 13:17',
    'ADAUSDT  funding    0           0',
    'ADAUSDT  oi         0           0',
    'ADAUSDT  lsr        0           0',
    'ADAUSDT  lq         0           0',
    'ADAUSDT  tv         0           0',
    'ADAUSDT  rsi        0  rebuilding',
    '',
    'oi open interest, lsr long/short ratios, lq liquidations, tv taker volume',
    'lag: behind the clock of binance, 0 where nothing more is due yet; absent: no',
    'row can be there; missing: asked for and not stored, the next backfill fetches',
    'it',
  ],
  120: [
    'state      command         started (UTC)      last seen  rows  errors  last message',
    'completed  backfill ohlcv  2026-02-01 11:37  2h 00m ago   119       1  119 rows (119 new) in 4 requests, 0s, 1 error, 1',
    '                                                                       minute still missing',
    'lost       backfill ohlcv  2026-02-01 11:37  2h 00m ago   119       1  the process died; run the command again',
    'running    stream          2026-01-31 12:37     12s ago   119       0  OHLCV: 5| LQ: 3| TV: 5',
    '',
    'symbol   dataset  from (UTC)        to (UTC)          lag  absent     missing  first missing (UTC)',
    'ADAUSDT  ohlcv    2026-01-02 14:37  2026-02-01 14:37    0       0  1,204 in 1  2026-01-31 17:13 – 2026-02-01 13:17',
    'ADAUSDT  funding  2026-01-02 14:37  2026-02-01 14:37    0       0           0',
    'ADAUSDT  oi       2026-01-02 14:37  2026-02-01 14:37    0       0           0',
    'ADAUSDT  lsr      2026-01-02 14:37  2026-02-01 14:37    0       0           0',
    'ADAUSDT  lq       2026-01-02 14:37  2026-02-01 14:37    0       0           0',
    'ADAUSDT  tv       2026-01-02 14:37  2026-02-01 14:37    0       0           0',
    'ADAUSDT  rsi      2026-01-02 14:37  2026-02-01 14:37    0       0  rebuilding',
    '',
    'oi open interest, lsr long/short ratios, lq liquidations, tv taker volume',
    'lag: behind the clock of binance, 0 where nothing more is due yet; absent: no row can be there; missing: asked for and',
    'not stored, the next backfill fetches it',
  ],
}

const ERRORS = {
  50: [
    '2026-02-01 12:37:20  bad_row  ADAUSDT  ohlcv',
    '  at (UTC) 2026-02-01 12:33',
    '  ohlcv of ADAUSDT at 2026-02-01T12:33:00.000Z:',
    '  high is below low',
    '2026-02-01 13:37:20  http_429 (warning)',
    '  binance answered 429 (limit reached), paused',
    '  until 2026-02-01 13:38:00 UTC',
    '',
    'bad_row: a row of the venue breaks a rule (a price',
    'of 0, a high below the low): it is not stored, its',
    'minute stays missing',
    '  → look at the row with --verbose; a backfill',
    '  asks again, and the venue may have corrected it',
    'http_429: the limit of the address or key is',
    'reached: it is silent for as long as the venue',
    'says',
    '  → find what else asks from this address; perpctl',
    '  waits by itself',
  ],
  80: [
    '2026-02-01 12:37:20  bad_row  ADAUSDT  ohlcv',
    '  at (UTC) 2026-02-01 12:33',
    '  ohlcv of ADAUSDT at 2026-02-01T12:33:00.000Z: high is below low',
    '2026-02-01 13:37:20  http_429 (warning)',
    '  binance answered 429 (limit reached), paused until 2026-02-01 13:38:00 UTC',
    '',
    'bad_row: a row of the venue breaks a rule (a price of 0, a high below the low):',
    'it is not stored, its minute stays missing',
    '  → look at the row with --verbose; a backfill asks again, and the venue may',
    '  have corrected it',
    'http_429: the limit of the address or key is reached: it is silent for as long',
    'as the venue says',
    '  → find what else asks from this address; perpctl waits by itself',
  ],
  120: [
    'time (UTC)           type                symbol   dataset  at (UTC)          message',
    '2026-02-01 12:37:20  bad_row             ADAUSDT  ohlcv    2026-02-01 12:33  ohlcv of ADAUSDT at',
    '                                                                             2026-02-01T12:33:00.000Z: high is below low',
    '2026-02-01 13:37:20  http_429 (warning)                                      binance answered 429 (limit reached),',
    '                                                                             paused until 2026-02-01 13:38:00 UTC',
    '',
    'bad_row: a row of the venue breaks a rule (a price of 0, a high below the low): it is not stored, its minute stays',
    'missing',
    '  → look at the row with --verbose; a backfill asks again, and the venue may have corrected it',
    'http_429: the limit of the address or key is reached: it is silent for as long as the venue says',
    '  → find what else asks from this address; perpctl waits by itself',
  ],
}

describe.each(WIDTHS)('at %d columns', (width) => {
  const screen = screenOf(width)

  it('status shows a line for each symbol, the worst first', () => {
    expect(statusText(REPORT, ALL, screen).split('\n')).toEqual(STATUS[width])
  })

  it('status --long keeps what is missing, and where it begins', () => {
    expect(statusText({ ...REPORT, series: ONE }, { ...ALL, long: true }, screen).split('\n')).toEqual(
      LONG[width],
    )
  })

  it('errors keeps the message', () => {
    expect(formatErrors(FAILURES, { ...screen, isVerbose: false })).toEqual(ERRORS[width])
  })

  it('nothing is wider', () => {
    for (const line of [...STATUS[width], ...LONG[width], ...ERRORS[width]])
      expect(displayWidth(line)).toBeLessThanOrEqual(width)
  })
})
