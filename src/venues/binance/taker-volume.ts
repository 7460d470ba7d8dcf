import { MINUTE } from '../../lib/model/window.ts'
import type { TakerVolumeSource } from '../../lib/venue/venue.ts'
import { createStatisticQuestion, STATISTICS } from './statistics.ts'

/**
 * Base volume that takers bought and sold in five minutes; the entries name no symbol. The documentation does not say
 * which end of the five minutes the timestamp tells, and nobody has measured it.
 */
export function createTakerVolumeSource(baseUrl: string): TakerVolumeSource {
  const source: TakerVolumeSource = {
    ...STATISTICS,
    dataset: 'tv',
    label: 'start',
    questions: [
      createStatisticQuestion<'tv'>({
        baseUrl,
        name: 'takerlongshortRatio',
        labelOffset: () => (source.label === 'end' ? 5 * MINUTE : 0),
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
  return source
}
