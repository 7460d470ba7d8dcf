import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeArchiveFiles } from './archive-files.ts'
import { type ArchiveLoad, runLoader } from './archive-order.ts'
import { atMost, type Figure, type Part, tell } from './figure.ts'
import type { Ground } from './ground.ts'
import { type ProcessorTime, readFamily, spentSince } from './processor.ts'

const GOAL_MEGABYTES = 200
/** Symbol-months; the last one fills three gigabytes. */
const COUNTS = [3, 30, 300]
/** What people have in mind: 500 symbols × 3 years. */
const WHOLE = 500 * 36

interface Load extends ArchiveLoad {
  readonly files: number
  readonly serverProcessor: ProcessorTime
}

/** The same load from a few files to hundreds, into an empty table each: whether memory and speed stay what they are. */
export async function measureArchiveScale(
  ground: Ground,
  { isQuick }: { readonly isQuick: boolean },
): Promise<Part> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-bench-archive-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const counts = isQuick ? COUNTS.slice(0, -1) : COUNTS
  const files = await writeArchiveFiles(folder, Math.max(...counts))
  const loads: Load[] = []
  for (const count of counts) {
    await ground.clear()
    const before = readFamily(ground.serverPid)
    const load = await runLoader({ folder, url: ground.url, files: files.slice(0, count), writes: true })
    loads.push({ ...load, files: count, serverProcessor: spentSince(before, readFamily(ground.serverPid)) })
  }
  await ground.clear()
  return { figures: loads.flatMap(tellLoad).concat(extrapolate(loads)), details: { loads } }
}

const tellLoad = ({ files, rows, seconds, peakMegabytes }: Load): Figure[] => [
  tell(`o. ${files} files`, rows / seconds, 'rows/s'),
  atMost(GOAL_MEGABYTES, `o. ${files} files, peak memory`, peakMegabytes, 'MB'),
]

/** By what each file takes between the two largest loads. */
function extrapolate(loads: readonly Load[]): Figure[] {
  const [smaller, larger] = loads.slice(-2)
  if (!smaller || !larger) return []
  const perFile = (larger.seconds - smaller.seconds) / (larger.files - smaller.files)
  return [
    tell(`o. ${WHOLE} files, at that pace`, (larger.seconds + (WHOLE - larger.files) * perFile) / 3_600, 'h'),
  ]
}
