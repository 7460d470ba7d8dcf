import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SpoolFile } from '../../src/db/spool.ts'
import type { StreamCommit } from '../../src/lib/stream/stream-commit.ts'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'perpctl-spool-')), 'spool')
})
afterEach(() => {
  rmSync(join(folder, '..'), { recursive: true, force: true })
})

const batch = (ts: number): readonly StreamCommit[] => [
  {
    symbol: 'BTCUSDT',
    dataset: 'lqo',
    rows: [{ ts, positionSide: 'long', price: '10.50', quantity: '1.000', averagePrice: null, filled: '1' }],
    covered: [],
    yields: true,
  },
]
const open = (identity = 'one', maxBytes?: number): Promise<SpoolFile> =>
  SpoolFile.open({ folder, identity, ...(maxBytes === undefined ? {} : { maxBytes }) })

function drain(spool: SpoolFile): unknown[] {
  const times = []
  for (let next = spool.first(); next; next = spool.first()) {
    times.push(next.commits[0]?.rows[0]?.ts)
    spool.remove(next.id)
  }
  return times
}

describe('rows that wait on the disk', () => {
  it('come back as they were, in the order in which they came', async () => {
    using spool = await open()
    for (const ts of [3, 1, 2]) expect(spool.append(batch(ts))).toBe(true)
    expect(spool.size).toBe(3)
    expect(spool.first()?.commits).toEqual(batch(3))
    expect(drain(spool)).toEqual([3, 1, 2])
    expect(spool.size).toBe(0)
  })

  it('are in a folder of their owner alone', async () => {
    using _spool = await open()
    expect(statSync(folder).mode & 0o777).toBe(0o700)
  })

  it('outlive the process, and are taken over by the next one', async () => {
    const first = await open()
    first.append(batch(1))
    first[Symbol.dispose]()
    using second = await open()
    expect(drain(second)).toEqual([1])
  })

  it('belong to one process at a time; those of one that is gone are adopted', async () => {
    const first = await open()
    using second = await open()
    first.append(batch(1))
    second.append(batch(2))
    first[Symbol.dispose]()
    const third = await open()
    expect(drain(third)).toEqual([1])
    third[Symbol.dispose]()
    expect(drain(second)).toEqual([2])
  })

  it('of another database stay where they are', async () => {
    const first = await open('one')
    first.append(batch(1))
    first[Symbol.dispose]()
    using other = await open('other')
    expect(other.size).toBe(0)
  })

  it('are refused beyond the room that there is, and counted anew when some are gone', async () => {
    using spool = await open('one', 300)
    expect(spool.append(batch(1))).toBe(true)
    expect(spool.append(batch(2))).toBe(false)
    expect(drain(spool)).toEqual([1])
    expect(spool.append(batch(2))).toBe(true)
  })
})
