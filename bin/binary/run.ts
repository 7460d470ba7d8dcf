import { spawnSync } from 'node:child_process'

/** Runs a program to its end and returns what it wrote to stdout; throws with what it wrote to stderr. */
export function run(
  file: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): string {
  const done = spawnSync(file, args, { ...options, encoding: 'utf8', maxBuffer: 64_000_000 })
  if (done.status === 0) return done.stdout
  const reason = done.error?.message ?? done.stderr.trim()
  throw new Error(`${[file, ...args].join(' ')} failed: ${reason}`)
}
