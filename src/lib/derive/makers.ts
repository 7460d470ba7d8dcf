import type { Lack } from '../pipeline/lack.ts'
import type { Series } from '../ports.ts'
import type { MadeDataset } from './derivations.ts'
import { deriveIndex } from './derive-index.ts'
import type { DeriveOptions, Work } from './derive-options.ts'
import { deriveRsi } from './derive-rsi.ts'
import { findIndexWork, INDEX_SERIES } from './index-work.ts'
import { findRsiWork, type RsiSeries, seriesOf } from './rsi-work.ts'

/** How one dataset is made, one symbol at a time. The period is that of an RSI; others have none. */
interface Maker {
  seriesOf(of: RsiSeries): Series
  /** What is to be made now; undefined where that is nothing. */
  findWork(of: RsiSeries, options: DeriveOptions): Promise<Work | undefined>
  /** Makes it. Aborted, it writes what is in hand before it throws. Returns what could not be made. */
  make(of: RsiSeries, options: DeriveOptions): Promise<readonly Lack[]>
}

export const MAKERS: Readonly<Record<MadeDataset, Maker>> = {
  mt: {
    seriesOf: () => INDEX_SERIES,
    findWork: async (_of, options) => (await findIndexWork(options)).work,
    make: (_of, options) => deriveIndex(options),
  },
  rsi: {
    seriesOf,
    findWork: async (of, options) => (await findRsiWork(of, options)).work,
    make: deriveRsi,
  },
}
