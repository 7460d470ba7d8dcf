import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take long, the longest first: what waits for a clock waits while the others work. */
const SLOW = [
  'test/e2e/shared-budget.test.ts',
  'test/e2e/stream.test.ts',
  'test/e2e/stream-rows.test.ts',
  'test/e2e/stream-day.test.ts',
  'test/e2e/stream-beside.test.ts',
  'test/e2e/lq.test.ts',
  'test/e2e/faults.test.ts',
  'test/e2e/archive-defects.test.ts',
  'test/e2e/archive.test.ts',
  'test/e2e/shared-address.test.ts',
  'test/e2e/binary.test.ts',
  'test/e2e/kill.test.ts',
  'test/db/budgets.test.ts',
  'test/commands/doctor.test.ts',
  'test/e2e/doctor.test.ts',
  'test/db/embedded-home.test.ts',
  'test/commands/doctor-database.test.ts',
  'test/db/pooler.test.ts',
  'test/e2e/newcomer.test.ts',
  'test/e2e/oi-lsr.test.ts',
  'test/e2e/database.test.ts',
  'test/e2e/backfill.test.ts',
  'test/e2e/rsi-kill.test.ts',
  'test/e2e/tv.test.ts',
  'test/hostile/absence.test.ts',
]

/** A file that is not named is quick: it comes after all that are. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.indexOf(relative(this.ctx.config.root, moduleId))
      return at < 0 ? SLOW.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b))
  }
}
