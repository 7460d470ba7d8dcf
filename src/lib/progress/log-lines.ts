import type { Writable } from 'node:stream'
import { LOG_LEVELS, type LogLevel } from '../config/choices.ts'
import type { RunEventBus, RunEventName, RunEvents } from '../events.ts'
import { toOneLine, toOneLineJson } from '../text/one-line.ts'
import { createRedactor, type Redactor } from '../text/secrets.ts'
import { formatUtc } from '../text/times.ts'
import { createSubscriber, type RunSubscriber, Subscriptions } from './subscriber.ts'

export interface LogOptions {
  readonly stream: Writable
  readonly level: LogLevel
  /** One JSON object a line instead of text. */
  readonly isJson?: boolean
  readonly redactor?: Redactor
  readonly now?: () => number
}

/** What a screen alone needs once a second would fill a log. */
type Logged = Exclude<RunEventName, 'stream:symbols'>
type LevelOf = { readonly [Name in Logged]: (payload: RunEvents[Name]) => LogLevel }
const LEVEL_OF: LevelOf = {
  'run:start': () => 'info',
  'run:plan': () => 'info',
  'run:bound': () => 'debug',
  'run:stopping': () => 'info',
  'page:fetched': () => 'debug',
  'batch:written': () => 'debug',
  'job:retry': () => 'warn',
  'job:failed': () => 'error',
  'job:done': () => 'debug',
  'dataset:done': () => 'debug',
  'lane:wait': () => 'debug',
  // Told after each request; what shuts a lane is a failure too.
  'lane:state': () => 'debug',
  'stream:figures': () => 'debug',
  'stream:beat': () => 'debug',
  'db:wait': () => 'warn',
  failure: ({ severity }) => (severity === 'error' ? 'error' : 'warn'),
  note: () => 'info',
  'stream:standby': () => 'debug',
  'run:done': ({ tier }) => (tier === 'Failed' ? 'error' : 'info'),
}

/** One line per event of at least this level, into a stream that stays the caller's. */
export function openLog(bus: RunEventBus, options: LogOptions): RunSubscriber {
  const { stream, level, isJson = false, redactor = createRedactor(), now = () => Date.now() } = options
  const subscriptions = new Subscriptions(bus)
  let skipped = 0
  const write = (at: LogLevel, event: string, payload: object): void => {
    const fields = redactor.value(payload)
    const text = typeof fields === 'object' ? fields : {}
    const line = isJson
      ? toOneLineJson({ ts: new Date(now()).toISOString(), level: at, event, ...text })
      : `${formatUtc(now())} ${at.padEnd(5)} ${event} ${toOneLine(formatFields(text ?? {}))}`
    stream.write(`${line}\n`)
  }
  const listen = <Name extends Logged>(name: Name, levelOf: LevelOf[Name]): void => {
    subscriptions.on(name, (payload) => {
      const at = levelOf(payload)
      if (LOG_LEVELS.indexOf(at) > LOG_LEVELS.indexOf(level)) return
      // A disk slower than the run must not fill the memory with lines.
      if (at === 'debug' && stream.writableNeedDrain) {
        skipped += 1
        return
      }
      if (skipped > 0) write('warn', 'log:skipped', { lines: skipped })
      skipped = 0
      write(at, name, payload)
    })
  }
  for (const name of Object.keys(LEVEL_OF) as Logged[]) listen(name, LEVEL_OF[name] as LevelOf[typeof name])
  return createSubscriber(() => subscriptions.release())
}

/** `symbol=BTCUSDT rows=499 window={"from":0,"to":60000}`. */
function formatFields(fields: object): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ')
}
