import type { Program } from './commands/plugin.ts'

/** Runs the command line `args` of the program that `package.json` describes. */
export async function main(args: readonly string[], program: Program): Promise<void> {
  // In the form of all others, and before anything is loaded that only a command needs.
  if (args[0] === '--version') {
    const { name, version } = program
    process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`)
    return
  }
  const { runCommandLine } = await import('./commands/command-line.ts')
  await runCommandLine(args, program)
}
