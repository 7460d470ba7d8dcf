import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/lib/config/instants.ts'
import { readSettings } from '../../src/lib/config/read.ts'
import { backfillSettings } from '../../src/lib/config/settings.ts'
import { ConfigurationError, UsageError } from '../../src/lib/errors.ts'
import { readVenueSettings } from '../../src/venues/settings.ts'

describe('points in time', () => {
  it.each([
    ['2026-02-01', Date.UTC(2026, 1, 1)],
    ['2026-02-01T13:52', Date.UTC(2026, 1, 1, 13, 52)],
    ['2026-02-01 13:52:44', Date.UTC(2026, 1, 1, 13, 52, 44)],
    ['2026-02-01T13:52Z', Date.UTC(2026, 1, 1, 13, 52)],
    ['2026-02-01T13:52+02:00', Date.UTC(2026, 1, 1, 11, 52)],
    ['30d', { ago: 30 * 86_400_000 }],
    ['12h', { ago: 12 * 3_600_000 }],
    ['now', { ago: 0 }],
    ['listing', 'listing'],
  ])('%s', (text, expected) => {
    expect(parseInstant(text)).toEqual(expected)
  })

  it.each(['', 'yesterday', '2026-02-31', '2026-13-01', '30', '1769904000000', '2026-02-01T25:00'])(
    'refuses %j',
    (text) => {
      expect(parseInstant(text)).toBeUndefined()
    },
  )
})

const found = (value: unknown, name: string) => ({ value, name, isFlag: name.startsWith('--') })

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(
      readSettings(backfillSettings, {
        home: found('/h', 'PERPCTL_HOME'),
        venue: found('binance', '--venue'),
      }),
    ).toMatchObject({
      venue: 'binance',
      since: { ago: 30 * 86_400_000 },
      proxies: [],
      direct: true,
      concurrency: 16,
      dbTimeout: 300_000,
    })
  })

  it('tell every problem in one message, by the name that the user wrote, without the value', () => {
    const wrong = {
      since: found('yesterday', '--since'),
      proxies: found('http://user:hunter22@host:1,ftp://x', 'PERPCTL_PROXIES'),
      databaseUrl: found('mysql://root:hunter22@host/db', 'DATABASE_URL'),
    }
    const read = (): unknown => readSettings(backfillSettings, wrong)
    expect(read).toThrow(UsageError)
    expect(read).toThrow(/^(?=.*--since: )(?=.*PERPCTL_PROXIES: )(?=.*DATABASE_URL: )(?!.*hunter22)/)
  })

  it('are a configuration error where only variables are wrong', () => {
    expect(() => readSettings(backfillSettings, { concurrency: found('0', 'PERPCTL_CONCURRENCY') })).toThrow(
      ConfigurationError,
    )
  })

  it('speak in the clear only on loopback', () => {
    const read = (url?: string) =>
      readVenueSettings({ PERPCTL_BINANCE_REST_URL: url }, found(undefined, 'PERPCTL_VENUE'))
    expect(read().settings).toMatchObject({ binanceRestUrl: 'https://fapi.binance.com' })
    expect(read('http://127.0.0.1:8080/').settings).toMatchObject({ binanceRestUrl: 'http://127.0.0.1:8080' })
    expect(read('http://fapi.binance.com').problems).toEqual([
      { text: expect.stringMatching(/^PERPCTL_BINANCE_REST_URL: expected an https:/), isFlag: false },
    ])
  })

  it('of a venue that there is not are refused, by the name that the user wrote', () => {
    const read = (name: string) => readVenueSettings({}, found('okex', name)).problems
    const text = 'expected binance, not "okex": there is no such venue'
    expect(read('--venue')).toEqual([{ text: `--venue: ${text}`, isFlag: true }])
    expect(read('PERPCTL_VENUE')).toEqual([{ text: `PERPCTL_VENUE: ${text}`, isFlag: false }])
  })
})
