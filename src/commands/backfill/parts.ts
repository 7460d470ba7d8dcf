import type { PartName } from '../../lib/config/choices.ts'
import type { BackfillSettings } from '../../lib/config/settings.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { PRICE_DATASETS } from '../../lib/model/market.ts'
import { createVenue } from '../../venues/index.ts'
import { boundIndicators } from './bound-indicators.ts'
import { fetchPart } from './fetch-part.ts'
import type { Part } from './part.ts'
import { planIndicators, runIndicators } from './rsi-tv-part.ts'

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
