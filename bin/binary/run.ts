import { spawnSync } from 'node:child_process'

/** Runs a program to its end and returns what it wrote to stdout; throws with what it wrote to stderr. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  const done = spawnSync(file, args, { encoding: 'utf8', env, maxBuffer: 64_000_000 })
  if (done.status === 0) return done.stdout
  const reason = done.error?.message ?? done.stderr.trim()
  throw new Error(`${[file, ...args].join(' ')} failed: ${reason}`)
}
