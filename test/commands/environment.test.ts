import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BIN, type Environment } from '../helpers/cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perpctl-environment-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** In a folder whose `.env` holds this. */
function run(args: readonly string[], dotenv: string | Buffer, env: Environment = {}) {
  writeFileSync(join(folder, '.env'), dotenv)
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, PERPCTL_HOME: join(folder, 'home'), ...env },
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}
/** Where nobody listens. */
const URL = 'postgresql://me@127.0.0.1:1/x'

describe('what is set around a command', () => {
  it.each([['licenses'], ['man'], ['completion bash'], ['db start --help']])(
    'is told once where no command knows it: %s',
    (command) => {
      const { status, stderr } = run(command.split(' '), 'PERPCTL_PROXY=x\n', { PERPCTL_SYMBOL: 'BTCUSDT' })
      expect([status, stderr]).toEqual([
        0,
        'perpctl: perpctl does not know the variable PERPCTL_PROXY: did you mean PERPCTL_PROXIES?\n' +
          'perpctl: perpctl does not know the variable PERPCTL_SYMBOL: did you mean PERPCTL_SYMBOLS?\n',
      ])
    },
  )

  it('is told beside the one object of --json', () => {
    const { stdout, stderr } = run(['completion', 'bash', '--json'], 'PERPCTL_SYMBOL=x\n')
    expect(JSON.parse(stdout)).toMatchObject({ shell: 'bash' })
    expect(stderr).toContain('did you mean PERPCTL_SYMBOLS?')
  })

  it('is read from a .env that an editor of Windows has saved', () => {
    const text = `\ufeffPERPCTL_JSON=true\r\nDATABASE_URL=${URL}\r\n`
    const { status, stdout } = run(['status'], Buffer.from(text, 'utf16le'))
    expect([status, JSON.parse(stdout).error.code]).toEqual([5, 'database'])
    expect(stdout).toContain('127.0.0.1:1/x')
  })

  it('ends a command with 4 where its .env cannot be read', () => {
    const { status, stdout, stderr } = run(['status'], Buffer.from(`DATABASE_URL=${URL}\n`, 'utf16le'))
    expect([status, stdout]).toEqual([4, ''])
    expect(stderr).toBe(
      `perpctl: ${join(folder, '.env')} is no text: it may be UTF-16 without a mark; save it as UTF-8, or take it away\n`,
    )
  })

  it('ends a run with 4 at once where a key has a line break inside, and never shows it', () => {
    const args = ['backfill', 'lq', '--symbols', 'BTCUSDT']
    const { status, stderr } = run(args, '', { COINALYZE_KEY: 's3cr\net', DATABASE_URL: URL })
    expect([status, stderr]).toEqual([
      4,
      'perpctl: COINALYZE_KEY: there is a line break inside; see --help and the manual for what each setting takes\n',
    ])
  })

  it('ends a command with 4 where a password in a url is not percent-encoded', () => {
    const { status, stderr } = run(['status'], '', { DATABASE_URL: 'postgresql://me:100%@127.0.0.1:1/x' })
    expect(status).toBe(4)
    expect(stderr).toContain('the database url has a password that is not percent-encoded')
    expect(stderr).not.toContain('100%')
  })
})
