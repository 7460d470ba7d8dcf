import { Config, flush, run } from '@oclif/core'
import { readDotenv } from '../lib/config/dotenv-file.ts'
import { describeUnknown, findUnknownVariables } from '../lib/config/unknown-variables.ts'
import { reportError } from './error-report.ts'
import { stdoutClosed, tell, watchStdout } from './output.ts'
import { createPlugin, type Program } from './plugin.ts'
import { listVariables } from './variables.ts'

/** Finds the command, runs it, and tells what ends it before it begins. */
export async function runCommandLine(args: readonly string[], program: Program): Promise<void> {
  watchStdout()
  process.once('uncaughtException', (error) => {
    process.exit(reportError(error, { isJson: false, isDebug: isDebug(), command: '' }))
  })
  try {
    readEnvironment(args)
    const plugin = createPlugin(program)
    const { root, pjson, name } = plugin
    await run([...args], await Config.load({ root, pjson, plugins: new Map([[name, plugin]]) }))
    if (!stdoutClosed.aborted) await flush()
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error))
    const isJson = args.includes('--json')
    process.exitCode = reportError(known, { isJson, isDebug: isDebug(), command: '' })
  }
}

const isDebug = (): boolean => process.env.PERPCTL_LOG_LEVEL === 'debug'

/** What the environment sets wins over `.env`. */
function readEnvironment([command]: readonly string[]): void {
  for (const [name, value] of Object.entries(readDotenv(process.cwd()) ?? {})) process.env[name] ??= value
  // It has a finding for them.
  if (command === 'doctor') return
  for (const unknown of findUnknownVariables(process.env, listVariables())) tell(describeUnknown(unknown))
}
