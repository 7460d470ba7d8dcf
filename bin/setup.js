// Runs on any Node that npm runs on, before anything is installed: installs what the lock file names, embeds the
// migrations and compiles, each only where its input is newer than its result.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describeInstall, planInstall } from './install-plan.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const inRoot = (...parts) => join(root, ...parts)

function run(what, command, args) {
  // To stderr: stdout belongs to the command that follows (`npm start -- status --json`).
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (done.status === 0) return
  fail(what, [command, ...args], { status: done.status || 1, reason: 'the reason is above' })
}

function fail(what, command, { status, reason }) {
  console.error(`perpctl: ${what} failed (${command.join(' ')}); ${reason}.`)
  process.exit(status)
}

/** The sha256 of the files that decide what is installed. */
function lockHash() {
  const hash = createHash('sha256')
  for (const name of ['package.json', 'package-lock.json']) hash.update(readFileSync(inRoot(name)))
  return `${hash.digest('hex')} ${process.platform} ${process.arch}`
}

/** How many of the packages are there, on a terminal in a line that changes, else in a line now and then. */
function tellProgress(folders) {
  const isTerminal = process.stderr.isTTY === true
  const startedAt = Date.now()
  const tell = () => {
    const there = folders.filter((folder) => existsSync(inRoot(folder, 'package.json'))).length
    const seconds = Math.round((Date.now() - startedAt) / 1000)
    const state =
      there < folders.length
        ? `${there} of ${folders.length} packages`
        : 'all packages are there, npm sets them up'
    const line = `perpctl: ${state} (${seconds} s)`
    process.stderr.write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`)
  }
  const timer = setInterval(tell, isTerminal ? 1000 : 10_000)
  return () => {
    clearInterval(timer)
    if (isTerminal) process.stderr.write('\r\u001b[K')
  }
}

async function install() {
  const stamp = inRoot('node_modules', '.perpctl-installed')
  const hash = lockHash()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const [program, lock] = ['package.json', 'package-lock.json'].map((name) =>
    JSON.parse(readFileSync(inRoot(name), 'utf8')),
  )
  const folders = planInstall(lock, process)
  console.error(`perpctl: ${describeInstall(folders.length, program)}`)
  const args = ['ci', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error']
  const child = spawn('npm', args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  const stopTelling = tellProgress(folders)
  const [status, reason] = await new Promise((resolve) => {
    child.once('error', (error) => resolve([1, error.message]))
    child.once('close', (code) => resolve([code ?? 1, 'the reason is above']))
  })
  stopTelling()
  if (status !== 0) fail('the installation', ['npm', ...args], { status, reason })
  writeFileSync(stamp, hash)
}

function embedMigrations() {
  const names = readdirSync(inRoot('migrations'))
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const entries = names.map((name) => {
    const sql = JSON.stringify(readFileSync(inRoot('migrations', name), 'utf8'))
    return `  { name: ${JSON.stringify(name)}, sql: ${sql} },\n`
  })
  const text = `// Made by bin/setup.js from migrations/*.sql.\nexport const MIGRATION_FILES = [\n${entries.join('')}] as const\n`
  const target = inRoot('src', 'db', 'migrations.generated.ts')
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) writeFileSync(target, text)
}

function newestChange(folder) {
  let newest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    newest = Math.max(newest, entry.isDirectory() ? newestChange(path) : statSync(path).mtimeMs)
  }
  return newest
}

function build() {
  const stamp = inRoot('dist', '.built')
  const inputs = [
    newestChange(inRoot('src')),
    ...['bin/bundle.js', 'package-lock.json'].map((name) => statSync(inRoot(name)).mtimeMs),
  ]
  if (
    existsSync(stamp) &&
    statSync(stamp).mtimeMs >= Math.max(...inputs) &&
    !process.argv.includes('--build')
  )
    return
  rmSync(inRoot('dist'), { recursive: true, force: true })
  mkdirSync(inRoot('dist'))
  run('the build', process.execPath, [inRoot('bin', 'bundle.js')])
  writeFileSync(stamp, '')
}

await install()
embedMigrations()
build()
