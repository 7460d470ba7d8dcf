import { Config, flush, run } from '@oclif/core'
import { config as loadDotenv } from 'dotenv'
import { reportError } from './error-report.ts'
import { stdoutClosed, watchStdout } from './output.ts'
import { createPlugin, type Program } from './plugin.ts'

/** Finds the command, runs it, and tells what ends it before it begins. */
export async function runCommandLine(args: readonly string[], program: Program): Promise<void> {
  watchStdout()
  loadDotenv({ quiet: true })
  try {
    const plugin = createPlugin(program)
    const { root, pjson, name } = plugin
    await run([...args], await Config.load({ root, pjson, plugins: new Map([[name, plugin]]) }))
    if (!stdoutClosed.aborted) await flush()
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error))
    const isDebug = process.env.PERPCTL_LOG_LEVEL === 'debug'
    process.exitCode = reportError(known, { isJson: args.includes('--json'), isDebug, command: '' })
  }
}
