import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { measureArchiveLoad } from './archive-load.ts'
import { measureArchiveScale } from './archive-scale.ts'
import { measureBars } from './bars.ts'
import { type Figure, formatFigures, type Part } from './figure.ts'
import { type Ground, prepareGround } from './ground.ts'
import { measureIndicators } from './indicators.ts'
import { measureLargeAnswers } from './large-answers.ts'
import { measureLimits } from './limits.ts'
import { measureLoad } from './load.ts'
import { measureMemory } from './memory.ts'
import { measureMinuteView } from './minute-view.ts'
import { measureParsers } from './parsers.ts'
import { measureRepeat } from './repeat.ts'
import { measureStart } from './start.ts'
import { measureStatistics } from './statistics.ts'
import { measureStatusJson } from './status-json.ts'
import { measureStream } from './stream.ts'
import { measureTakerVolume } from './taker-volume.ts'

/**
 * `npm run bench -- [--only a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p] [--quick]`: one JSON object on stdout, a table on stderr. Everything stays
 * on loopback and is gone afterwards. About twenty minutes in all. `--quick` leaves out eight of waits for the
 * simulated venue's limits (a and f) and six of streams (h).
 */
interface Options {
  readonly isQuick: boolean
}
const PARTS: Readonly<Record<string, (ground: Ground, options: Options) => Promise<Part>>> = {
  a: measureLimits,
  b: measureLoad,
  c: measureMemory,
  d: measureRepeat,
  e: measureIndicators,
  f: measureStatistics,
  g: measureTakerVolume,
  h: measureStream,
  i: measureStart,
  j: measureParsers,
  k: measureLargeAnswers,
  l: measureStatusJson,
  m: measureMinuteView,
  n: measureArchiveLoad,
  o: measureArchiveScale,
  p: measureBars,
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
})
/** They wait for limits, or for minutes to end. */
const SLOW = ['a', 'f', 'h']
const all = Object.keys(PARTS).filter((name) => !values.quick || !SLOW.includes(name))
const chosen = values.only?.split(',') ?? all
const unknown = chosen.filter((name) => !PARTS[name])
if (unknown.length > 0)
  throw new Error(`no part ${unknown.join(', ')}: there are ${Object.keys(PARTS).join(', ')}`)

const [loadBefore = 0] = loadavg()
await using ground = await prepareGround()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The server would outlive this process; the venue and the runs end with it.
  process.once(signal, async () => {
    await ground[Symbol.asyncDispose]()
    process.exit(1)
  })
}
const figures: Figure[] = []
const details: Record<string, unknown> = {}
for (const name of chosen) {
  process.stderr.write(`bench: part ${name}\n`)
  try {
    const part = await PARTS[name]?.(ground, { isQuick: values.quick })
    figures.push(...(part?.figures ?? []))
    details[name] = part?.details
  } catch (error) {
    // What was measured before is not lost with it.
    process.stderr.write(`bench: part ${name} failed: ${String(error)}\n`)
    process.exitCode = 1
  }
}
const machine = { node: process.version, cores: availableParallelism(), loadBefore, loadAfter: loadavg()[0] }
process.stderr.write(`\n${formatFigures(figures)}\n`)
process.stdout.write(`${JSON.stringify({ machine, figures, details })}\n`)
