import { causesOf, EXIT, PerpctlError } from '../lib/errors.ts'
import { toOneLine, toOneLineJson } from '../lib/text/one-line.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { redactUrls } from '../lib/text/secrets.ts'
import { pasteable, tell } from './output.ts'

interface ReportOptions {
  readonly isJson: boolean
  readonly isDebug: boolean
  readonly command: string
}

interface Told {
  readonly code: string
  readonly exit: number
  readonly message: string
  readonly hint: string | undefined
}

/** Tells an error that ends a command, in one line for people or one object with `--json`, and returns the exit code. */
export function reportError(error: Error, { isJson, isDebug, command }: ReportOptions): number {
  const told = describe(error, command)
  const causes = causesOf(error).slice(1).map(redactUrls)
  if (isJson) {
    const { code, exit } = told
    const [message, hint] = [pasteable(told.message), told.hint === undefined ? null : pasteable(told.hint)]
    process.stdout.write(`${toOneLineJson({ error: { code, exit, message, hint, causes } })}\n`)
  }
  const because = causes.length > 0 && !told.message.includes(causes[0] ?? '') ? ` (${causes[0]})` : ''
  tell(`${told.message}${because}${told.hint ? `; ${told.hint}` : ''}`)
  if (isDebug) process.stderr.write(`${stackOf(error)}\n`)
  return told.exit
}

/** Where it was thrown, a line each: the message, which comes first, may hold lines of its own. */
const stackOf = ({ stack = '', message }: Error): string =>
  [message, ...stack.replace(message, '').split('\n').slice(1)]
    .map((line) => `    ${toOneLine(redactUrls(line))}`)
    .join('\n')

function describe(error: Error, command: string): Told {
  if (error instanceof PerpctlError) {
    return { code: error.code, exit: error.exit, message: redactUrls(error.message), hint: error.hint }
  }
  // oclif's own errors (unknown flag, missing value) are all about the command line.
  if ('oclif' in error) {
    const [first = ''] = error.message.split('\n')
    return {
      code: 'usage',
      exit: EXIT.usage,
      message: first,
      hint: `see ${ownCommand(`${command.replaceAll(':', ' ')} --help`.trim())}`,
    }
  }
  const hint = 'this is a bug in perpctl: run it again with --log-level debug and report what it prints'
  return { code: 'bug', exit: EXIT.bug, message: redactUrls(error.message), hint }
}
