import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { type Dataset, PRICE_DATASETS } from '../../lib/model/market.ts'
import { Backfill } from '../../lib/pipeline/backfill.ts'
import { createVenue } from '../../venues/index.ts'
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

function requireKey({ venue, venues, sim }: BackfillSettings): void {
  const lacks = sim ? undefined : createVenue(venue, venues).routes.lq?.api?.key?.lacks
  if (lacks) throw new ConfigurationError(lacks.reason, { hint: lacks.hint })
}
