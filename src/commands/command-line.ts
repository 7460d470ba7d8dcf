import { isSea } from 'node:sea'
import { Config, flush, Help, run } from '@oclif/core'
import { readDotenv } from '../lib/config/dotenv-file.ts'
import { describeUnknown, findUnknownVariables } from '../lib/config/unknown-variables.ts'
import { UsageError } from '../lib/errors.ts'
import { ownCommand } from '../lib/text/own-command.ts'
import { redactUrls } from '../lib/text/secrets.ts'
import type { DescribedCommand } from './cli-model.ts'
import { reportError } from './error-report.ts'
import { COMMANDS } from './index.ts'
import { knownCommands } from './line/known-commands.ts'
import { makePasteable } from './line/pasteable.ts'
import { readLine, type WrongLine } from './line/read-line.ts'
import { quoteWords } from './line/shell-words.ts'
import { startedAs } from './line/started-as.ts'
import { stdoutClosed, tell, tellCommandsWith, watchStdout } from './output.ts'
import { createPlugin, type Program } from './plugin.ts'
import { listVariables } from './variables.ts'
import { describeVersion } from './version.ts'

/** Finds the command, runs it, and tells what ends it before it begins. */
export async function runCommandLine(args: readonly string[], program: Program): Promise<void> {
  watchStdout()
  const plugin = createPlugin(program, COMMANDS)
  const commands = knownCommands(plugin.commands)
  tellCommandsWith((text) => makePasteable(text, () => ({ name: nameOfProgram(), commands, args })))
  process.once('uncaughtException', (error) => {
    process.exit(reportError(error, { isJson: false, isDebug: isDebug(), command: '' }))
  })
  try {
    const line = readLine(args, commands)
    readEnvironment(args, plugin.commands)
    const { root, pjson, name } = plugin
    const config = await Config.load({ root, pjson, plugins: new Map([[name, plugin]]) })
    if (line.kind === 'version') process.stdout.write(`${describeVersion(program)}\n`)
    else if (line.kind === 'help') await showHelp(config, line.words)
    else if (line.kind === 'command') await run([line.id, ...line.args], config)
    else await refuse(line, config)
    if (!stdoutClosed.aborted) await flush()
  } catch (error) {
    const known = error instanceof Error ? error : new Error(String(error))
    const isJson = args.includes('--json')
    process.exitCode = reportError(known, { isJson, isDebug: isDebug(), command: '' })
  }
}

const nameOfProgram = (): string =>
  startedAs({
    isSingle: isSea(),
    argv0: process.argv0,
    script: process.argv[1] ?? '',
    folder: process.cwd(),
    environment: process.env,
  })

/** Examples in it are to be pasted, too. */
async function showHelp(config: Config, words: readonly string[], sendToStderr = false): Promise<void> {
  config.bin = nameOfProgram()
  const help = new Help(config, { ...config.pjson.oclif.helpOptions, sendToStderr })
  await help.showHelp(words.length > 0 ? [words.join(':')] : [])
}

/** Whoever left a word out sees first which there are. */
async function refuse(
  { message, words, corrected, isUnfinished }: WrongLine,
  config: Config,
): Promise<never> {
  if (isUnfinished) await showHelp(config, words, true)
  const hint =
    corrected === undefined
      ? `see ${ownCommand([...words, '--help'].join(' '))}`
      : `did you mean: ${nameOfProgram()} ${quoteWords(corrected.map(redactUrls))}`
  throw new UsageError(message, { hint })
}

const isDebug = (): boolean => process.env.PERPCTL_LOG_LEVEL === 'debug'

/** What the environment sets wins over `.env`. */
function readEnvironment([command]: readonly string[], commands: readonly DescribedCommand[]): void {
  for (const [name, value] of Object.entries(readDotenv(process.cwd()) ?? {})) process.env[name] ??= value
  // It has a finding for them.
  if (command === 'doctor') return
  for (const unknown of findUnknownVariables(process.env, listVariables(commands)))
    tell(describeUnknown(unknown))
}
