import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../helpers/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'perpctl-manners-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('what somebody who types something wrong gets', () => {
  it('lists the words that were left out on stderr, and ends with 2', async () => {
    const { code, stdout, stderr } = await runCli(['backfill', '--symbols', 'BTCUSDT'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('  backfill rsi-tv  ')
    expect(stderr.split('\n').slice(-2)).toEqual([
      'perpctl: backfill needs a word after it: all, lq, ohlcv, oi-lsr, prices or rsi-tv; did you mean: perpctl backfill ohlcv --symbols BTCUSDT',
      '',
    ])
  })

  it('tells it as an object with --json, and no password', async () => {
    const args = ['status', '--json', '--database-ur', 'postgresql://u:secret@h/d']
    const { code, stdout, stderr } = await runCli(args)
    const hint = "did you mean: perpctl status --json --database-url 'postgresql://***@h/d'"
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'usage', exit: 2, message: 'status has no flag --database-ur', hint, causes: [] },
    })
    expect(stderr).toBe(`perpctl: status has no flag --database-ur; ${hint}\n`)
  })

  it('shows help with the name that was typed, and ends with 0', async () => {
    const [help, flag] = await Promise.all([runCli(['help', 'stream']), runCli(['stream', '-h'])])
    expect(help).toEqual(flag)
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('$ perpctl stream --symbols A,B|all [FLAGS]')
  })
})

describe('a home in which nothing is', () => {
  const home = join(folder, 'home')
  const begin = `begin with \`perpctl backfill ohlcv --symbols BTCUSDT --home ${home}\` (with --sim it needs no network)`

  it.each([
    ['status', { runs: [], coverage: expect.objectContaining({ venue: 'binance', symbols: [] }) }],
    ['errors', { errors: [] }],
  ])('%s says how to begin, starts no server and makes nothing', async (command, json) => {
    const [text, object] = await Promise.all([
      runCli([command, '--home', home]),
      runCli([command, '--home', home, '--json']),
    ])
    expect(text).toMatchObject({ code: 0, stdout: `Nothing is stored yet: ${begin}.\n`, stderr: '' })
    expect(object).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(object.stdout)).toEqual(json)
    expect(existsSync(home)).toBe(false)
  })

  it('db url has none to tell', async () => {
    expect(await runCli(['db', 'url', '--home', home])).toMatchObject({
      code: 4,
      stdout: '',
      stderr: `perpctl: there is no embedded PostgreSQL in ${home} yet; run \`perpctl db start --home ${home}\` first\n`,
    })
    expect(existsSync(home)).toBe(false)
  })
})
