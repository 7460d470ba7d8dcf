import { MINUTE } from '../../lib/model/window.ts'
import type { TakerVolumeRoute } from '../../lib/venue/route.ts'
import { createStatisticQuestion, STATISTICS } from './statistics.ts'

/**
 * Base volume that takers bought and sold in five minutes; the entries name no symbol. The documentation does not say
 * which end of the five minutes the timestamp tells, and nobody has measured it.
 */
export function createTakerVolumeRoute(baseUrl: string, label: 'start' | 'end' = 'start'): TakerVolumeRoute {
  return {
    ...STATISTICS,
    dataset: 'tv',
    labelledBy: (other) => createTakerVolumeRoute(baseUrl, other),
    questions: [
      createStatisticQuestion<'tv'>({
        baseUrl,
        name: 'takerlongshortRatio',
        labelOffset: label === 'end' ? 5 * MINUTE : 0,
        numbers: ['buyVol', 'sellVol'],
        toRow: ({ buyVol = '', sellVol = '' }, ts, timestamp) => ({
          ts,
          buyVolume: buyVol,
          sellVolume: sellVol,
          method: 'weighted',
          sampledAt: timestamp,
        }),
      }),
    ],
  }
}
