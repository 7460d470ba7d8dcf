import type { Program } from './commands/plugin.ts'
import { describeVersion } from './commands/version.ts'

/** Runs the command line `args` of the program that `package.json` describes. */
export async function main(args: readonly string[], program: Program): Promise<void> {
  // Before anything is loaded that only a command needs.
  if (/^(?:--version|-v|version)$/.test(args[0] ?? '')) {
    process.stdout.write(`${describeVersion(program)}\n`)
    return
  }
  const { runCommandLine } = await import('./commands/command-line.ts')
  await runCommandLine(args, program)
}
