import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { createWorld, type World } from '../helpers/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => await world[Symbol.asyncDispose]())

const backfill = (...args: string[]) => world.run(['backfill', 'ohlcv', ...args])
const runs = async (): Promise<number> => (await world.database.sql`select 1 from executions`).length

describe('a range or a way that cannot be meant is told once and leaves no run behind', () => {
  it.each([
    [
      ['--since', '2026-03-01', '--until', '2026-02-01'],
      2,
      '--since (2026-03-01 00:00:00 UTC) is not before --until (2026-02-01 00:00:00 UTC); give a --since before --until',
    ],
    [
      ['--since', '1d', '--until', '2w'],
      2,
      '--since (1d 00h ago) is not before --until (14d 00h ago); give a --since before --until',
    ],
    [
      ['--no-direct'],
      4,
      'there is no way to the venue: no proxy is given, and --no-direct leaves out the own address; give --proxies or PERPCTL_PROXIES, or leave --no-direct (PERPCTL_DIRECT=false) out',
    ],
  ])('%j', async (args, code, message) => {
    const result = await backfill('--symbols', 'BTCUSDT', ...args)
    expect(result).toMatchObject({ code, stdout: '', stderr: `perpctl: ${message}\n` })
    expect(await runs()).toBe(0)
  })
})

describe('symbols as people write them', () => {
  it('are taken as the venue writes them, and a future end as now', async () => {
    const args = ['--symbols', 'btc/usdt,ETHUSDT.P', '--since', '1h', '--until', '2999-01-01', '--dry-run']
    const { code, stdout, stderr } = await backfill(...args)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^BTCUSDT {2}ohlcv /m)
    expect(stdout).toMatch(/^ETHUSDT {2}ohlcv /m)
    expect(stderr).toMatch(
      /^perpctl: --until \(2999-01-01 00:00:00 UTC\) lies in the future: taken as now, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\nperpctl: btc\/usdt is taken as BTCUSDT\nperpctl: ETHUSDT\.P is taken as ETHUSDT\n$/,
    )
  })

  it('that are not listed never lack nothing', async () => {
    const { code, stdout, stderr } = await backfill('--symbols', 'BTC/USTD', '--since', '1h', '--dry-run')
    expect([code, stdout]).toEqual([3, 'None of the symbols can be fetched.\n'])
    expect(stderr).toMatch(/^perpctl: BTC\/USTD: no such symbol is listed; did you mean BTCUSDT/)
  })

  it('are found in what is stored, and what is not stored is told', async () => {
    expect((await backfill('--symbols', 'btcusdt', '--since', '10m')).code).toBe(0)
    const { code, stdout, stderr } = await world.run(['status', '--symbols', 'BTC-USDT,BTCUSDTT'])
    expect(code).toBe(0)
    expect(stdout).toContain('BTCUSDT')
    expect(stderr).toMatch(
      /^perpctl: BTC-USDT is taken as BTCUSDT\nperpctl: nothing is known of BTCUSDTT; did you mean BTCUSDT/,
    )
    const errors = await world.run(['errors', '--symbol', 'btc/usdt'])
    expect(errors).toMatchObject({ code: 0, stderr: 'perpctl: btc/usdt is taken as BTCUSDT\n' })
  })
})

it('a database url that leaves out the host says what was assumed, once', async () => {
  const url = new URL(world.database.url)
  const variables = { PGHOST: url.hostname, PGPORT: url.port, PGPASSWORD: url.password }
  const short = `postgresql://${url.username}@${url.pathname}`
  const result = await runCli(['errors'], { ...variables, DATABASE_URL: short })
  expect(result).toMatchObject({
    code: 0,
    stderr: `perpctl: not in the database url, and assumed: host ${url.hostname} (PGHOST)\n`,
  })
})
