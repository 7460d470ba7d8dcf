import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { LogLevel } from '../config/choices.ts'
import type { RunEventBus } from '../events.ts'
import type { Redactor } from '../text/secrets.ts'
import { openLog } from './log-lines.ts'

export interface LogSettings {
  readonly logLevel: LogLevel
  /** Appended to; a name that ends with `.json` or `.jsonl` gets one JSON object a line. */
  readonly logFile?: string | undefined
}

/**
 * The log of a run, closed with `stack`. Without a file it goes to stderr, but only on request (`debug`) and where no
 * list is drawn: the plain lines say the rest there.
 */
export function openLogSubscriber(
  stack: AsyncDisposableStack,
  events: RunEventBus,
  { settings, redactor }: { readonly settings: LogSettings; readonly redactor: Redactor },
): void {
  const { logFile, logLevel: level } = settings
  if (logFile !== undefined) {
    const stream = openFile(stack, events, logFile)
    stack.use(openLog(events, { stream, level, isJson: /\.jsonl?$/.test(logFile), redactor }))
  } else if (level === 'debug' && !process.stderr.isTTY) {
    stack.use(openLog(events, { stream: process.stderr, level, redactor }))
  }
}

/** A disk that is full or a folder that is missing is told once and does not stop the run. */
function openFile(stack: AsyncDisposableStack, events: RunEventBus, path: string) {
  const stream = createWriteStream(path, { flags: 'a', mode: 0o600 })
  stream.on('error', (error) => {
    events.emit('note', { message: `cannot write the log ${path}: ${error.message}` })
  })
  stack.defer(async () => {
    stream.end()
    await finished(stream).catch(() => {})
  })
  return stream
}
