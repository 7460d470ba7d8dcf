import { fileURLToPath } from 'node:url'
import { flush, run, settings } from '@oclif/core'
import { config as loadDotenv } from 'dotenv'
import { reportError } from './commands/error-report.ts'
import { stdoutClosed, watchStdout } from './commands/output.ts'

/** Runs the command line `args`; `binUrl` is the URL of the file in `bin/` that was started. */
export async function main(args: string[], binUrl: string): Promise<void> {
  watchStdout()
  loadDotenv({ quiet: true })
  // With TypeScript 7 oclif's own transpiling finds no compiler and silently runs stale code.
  settings.enableAutoTranspile = false
  try {
    await run(args, { root: fileURLToPath(new URL('..', binUrl)) })
    if (!stdoutClosed.aborted) await flush()
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error))
    const isDebug = process.env.PERPCTL_LOG_LEVEL === 'debug'
    process.exitCode = reportError(known, { isJson: args.includes('--json'), isDebug, command: '' })
  }
}
