import { EXIT } from '../lib/errors.ts'
import { toOneLine } from '../lib/text/one-line.ts'

const closed = new AbortController()
let failure: Error | undefined
let translate = (text: string): string => text

/** How commands in messages are told from now on; set once, by whoever knows how this process was started. */
export function tellCommandsWith(translation: (text: string) => string): void {
  translate = translation
}

/** A message of which the commands (`ownCommand`) work when pasted. */
export const pasteable = (text: string): string => translate(text)

/** One line for the user, on stderr; whatever was put into it from outside stays in that line. */
export function tell(message: string): void {
  process.stderr.write(`perpctl: ${toOneLine(pasteable(message))}\n`)
}

/** Aborted when nobody reads stdout any more (`perpctl errors --tail | head`): there is nothing to follow for. */
export const stdoutClosed: AbortSignal = closed.signal

/**
 * What cannot be written to stdout must not end work that is under way, nor change how it ended: a reader that has
 * left is no error, a full disk is one that is told at the end.
 */
export function watchStdout(): void {
  // oclif's own listener throws whatever it does not expect.
  process.stdout.removeAllListeners('error')
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error
    closed.abort()
  })
  process.once('exit', () => {
    if (!failure) return
    tell(`the result could not be written to stdout: ${failure.message}`)
    process.exitCode ||= EXIT.configuration
  })
}
