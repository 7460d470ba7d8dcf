import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigurationError, DatabaseError } from '../../lib/errors.ts'
import type { Binaries } from './binaries.ts'
import { exists, systemCodeOf, writePrivateFile } from './files.ts'
import type { Layout } from './layout.ts'
import { runProgram, type ServerUser } from './program.ts'
import { lastLines } from './server-log.ts'
import { DATABASE, initdbArguments, ROLE } from './settings.ts'

interface Means {
  readonly binaries: Binaries
  readonly user: ServerUser | undefined
  readonly signal?: AbortSignal | undefined
}

const PREFIX = 'init-'
const HINTS: readonly (readonly [RegExp, string])[] = [
  [/No space left|Disk quota/i, 'free disk space, or set PERPCTL_HOME to a folder on another disk'],
  [
    /pre-existing shared memory block/,
    'a process of a server that was killed still works there: wait for its end, or end it',
  ],
  [/could not look up effective user ID/, 'give this user id a name (in /etc/passwd), or set DATABASE_URL'],
  [
    /shared memory|semaphore/i,
    'raise the shared memory limits of the machine or container, or set DATABASE_URL',
  ],
]

/** What to do about the words of a PostgreSQL program. */
export const hintFor = (output: string): string =>
  HINTS.find(([pattern]) => pattern.test(output))?.[1] ?? 'or set DATABASE_URL to a PostgreSQL of your own'

async function runStep(
  name: string,
  file: string,
  args: readonly string[],
  means: Means,
  input?: string,
): Promise<void> {
  const { user, signal } = means
  const { succeeded, output } = await runProgram(file, args, {
    user,
    signal,
    ...(input !== undefined && { input }),
  })
  // A single-user server ends well whatever became of its statements.
  if (succeeded && !/^\S+ \S+ \S+ \[\d+\] (?:ERROR|FATAL|PANIC):/m.test(output)) return
  throw new DatabaseError(`the embedded PostgreSQL cannot be created (${name}): ${lastLines(output)}`, {
    hint: hintFor(output),
  })
}

/** One line of SQL on a data folder whose server does not run. */
async function runSingleUser(data: string, database: string, sql: string, means: Means): Promise<void> {
  await runStep(
    'single-user server',
    means.binaries.postgres,
    ['--single', '-D', data, database],
    means,
    `${sql}\n`,
  )
}

const newPassword = (): string => randomBytes(24).toString('hex')

async function fill(work: string, password: string, means: Means): Promise<void> {
  const { user, binaries } = means
  const passwordFile = join(work, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (user) {
    for (const path of [work, passwordFile]) await chown(path, user.uid, user.gid)
  }
  await runStep('initdb', binaries.initdb, initdbArguments(join(work, 'data'), passwordFile), means)
  await runSingleUser(join(work, 'data'), 'postgres', `create database ${DATABASE}`, means)
}

async function moveData(from: string, layout: Layout): Promise<void> {
  try {
    await rename(from, layout.data)
  } catch (cause) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCodeOf(cause))) throw cause
    throw new ConfigurationError(`${layout.data} is in the way: it is not a data folder of PostgreSQL`, {
      cause,
      hint: 'move it away and run the command again',
    })
  }
}

/** Made elsewhere and renamed when whole: a data folder is there and complete, or it is not there. */
async function createCluster(layout: Layout, means: Means): Promise<void> {
  const cluster = await realpath(layout.cluster)
  for (const name of await readdir(cluster)) {
    // What a killed process has begun may still be writing there.
    if (name.startsWith(PREFIX))
      await rm(join(cluster, name), { recursive: true, force: true, maxRetries: 10 })
  }
  const work = await mkdtemp(join(cluster, PREFIX))
  try {
    const password = newPassword()
    await fill(work, password, means)
    await writePrivateFile(layout.passwordFile, password)
    await moveData(join(work, 'data'), layout)
  } finally {
    await rm(work, { recursive: true, force: true, maxRetries: 10 })
  }
}

/**
 * Makes sure that there is a data folder of this major version and a password for it. Called under the lock, while no
 * server runs.
 */
export async function initialise(
  layout: Layout,
  means: Means,
  note: (message: string) => void,
): Promise<void> {
  const versionFile = join(layout.data, 'PG_VERSION')
  if (!(await exists(versionFile))) {
    note(`creating the embedded PostgreSQL ${means.binaries.version} in ${await realpath(layout.cluster)}`)
    await createCluster(layout, means)
    return
  }
  const major = (await readFile(versionFile, 'utf8')).trim()
  const [brought] = means.binaries.version.split('.')
  if (major !== brought) {
    throw new ConfigurationError(`${layout.data} is of PostgreSQL ${major}, this perpctl brings ${brought}`, {
      hint: `dump it with PostgreSQL ${major} and move the folder away, or set DATABASE_URL to a server that runs it`,
    })
  }
  if (await exists(layout.passwordFile)) return
  const password = newPassword()
  await runSingleUser(
    await realpath(layout.data),
    'postgres',
    `alter role ${ROLE} password '${password}'`,
    means,
  )
  await writePrivateFile(layout.passwordFile, password)
}
