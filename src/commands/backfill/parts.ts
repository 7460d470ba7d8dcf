import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { type Dataset, PRICE_DATASETS } from '../../lib/model/market.ts'
import { Backfill } from '../../lib/pipeline/backfill.ts'
import { WHERE_TO_GET_A_KEY } from '../../venues/coinalyze/index.ts'
import { boundIndicators } from './bound-indicators.ts'
import { backfillOptions, type Part } from './part.ts'
import { planIndicators, runIndicators } from './rsi-tv-part.ts'

const fetchPart = (datasets: readonly Dataset[]): Part => ({
  datasets,
  needs: [],
  plan: (context) => new Backfill(backfillOptions(context, datasets)).plan(),
  run: (context) => new Backfill(backfillOptions(context, datasets)).run(),
})

export const PARTS: Readonly<Record<PartName, Part>> = {
  ohlcv: fetchPart(['ohlcv', 'funding']),
  prices: fetchPart(PRICE_DATASETS),
  'oi-lsr': fetchPart(['oi', 'lsr']),
  lq: { ...fetchPart(['lq']), check: requireKey },
  'rsi-tv': {
    datasets: ['rsi', 'tv'],
    needs: ['ohlcv'],
    plan: planIndicators,
    bound: boundIndicators,
    run: runIndicators,
  },
}

function requireKey({ coinalyzeKey, sim }: BackfillSettings): void {
  if (coinalyzeKey !== undefined || sim) return
  throw new ConfigurationError('COINALYZE_KEY is not set: liquidations come from Coinalyze', {
    hint: WHERE_TO_GET_A_KEY,
  })
}
