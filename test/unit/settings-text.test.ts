import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readDotenv } from '../../src/lib/config/dotenv-file.ts'
import { readSettings } from '../../src/lib/config/read.ts'
import { backfillSettings } from '../../src/lib/config/settings.ts'
import { describeUnknown, findUnknownVariables } from '../../src/lib/config/unknown-variables.ts'
import { ConfigurationError, UsageError } from '../../src/lib/errors.ts'
import { listWays } from '../../src/lib/http/ways.ts'
import { VENUE_SETTINGS } from '../../src/venues/index.ts'
import { readVenueSettings } from '../../src/venues/settings.ts'

const read = (key: string, value: string, isFlag = false) => {
  const found = { value, name: isFlag ? '--x' : 'THE_NAME', isFlag }
  const variable = VENUE_SETTINGS.find(({ name }) => name === key)?.variable
  const venues = readVenueSettings(variable === undefined ? {} : { [variable]: value }, NO_VENUE)
  const problems = venues.problems.map(({ text, ...problem }) => ({
    ...problem,
    text: text.replace(variable ?? '', 'THE_NAME'),
  }))
  const settings = readSettings(
    backfillSettings,
    { venue: VENUE, ...(variable ? {} : { [key]: found }) },
    problems,
  )
  return new Map<string, unknown>(Object.entries({ ...settings, ...venues.settings }))
}

const VENUE = { value: 'binance', name: '--venue', isFlag: true }
const NO_VENUE = { ...VENUE, value: undefined }

/** What is said of a value that is refused. */
function refusalOf(key: string, value: string): string {
  try {
    read(key, value)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return error instanceof Error ? error.message : ''
  }
  throw new Error('it was taken')
}

describe('a setting', () => {
  it.each([
    ['coinalyzeKey', '\ufeff k3y-secret \r\n', 'k3y-secret'],
    ['home', ' /data/x\r', '/data/x'],
    ['logFile', '/data/x.log\n', '/data/x.log'],
    ['simData', '/data/rec\t', '/data/rec'],
    ['databaseUrl', ' postgresql://me:pw@db/x\n', 'postgresql://me:pw@db/x'],
    ['binanceRestUrl', ' https://fapi.example/\r\n', 'https://fapi.example'],
  ] as const)('%s loses the white space around %j', (key, given, taken) =>
    expect(read(key, given).get(key)).toBe(taken),
  )

  it('of white space alone is not set', () =>
    expect(read('coinalyzeKey', ' \r\n').get('coinalyzeKey')).toBeUndefined())

  it.each([
    ['s3cr\net', 'a line break'],
    ['s3cr\u2028et', 'a line break'],
    ['s3cr\tet', 'a tab'],
    ['s3cr\u0007et', 'a control character'],
    ['s3cr et', 'a space'],
    ['s3cr\u00a0et', 'a space'],
    ['s3cr\ufeffet', 'a byte order mark (U+FEFF), which cannot be seen'],
    ['s3cr\u200bet', 'a character that cannot be seen (U+200B)'],
    ['s3cret\u200d', 'a character that cannot be seen (U+200D)'],
    ['s3crét', 'a character that no key has'],
  ])('that is a key is refused for what is inside: %j', (value, kind) => {
    expect(refusalOf('coinalyzeKey', value)).toBe(`THE_NAME: there is ${kind} inside`)
  })

  it.each(['home', 'logFile', 'simData', 'databaseUrl', 'binanceRestUrl', 'binanceWsUrl', 'proxies'])(
    '%s is refused with a line break or what cannot be seen inside, whatever else is wrong',
    (key) => {
      expect(refusalOf(key, 'a\nb')).toBe('THE_NAME: there is a line break inside')
      expect(refusalOf(key, 'https://fapi\u202e.example')).toBe(
        'THE_NAME: there is a character that cannot be seen (U+202E) inside',
      )
    },
  )

  it('that is a flag is a usage error', () => expect(() => read('home', 'a\nb', true)).toThrow(UsageError))
})

describe('a proxy', () => {
  const login = (url: string) => {
    const [way] = listWays({
      proxies: readSettings(backfillSettings, { venue: VENUE, proxies: { ...VENUE, value: url } }).proxies,
      usesDirect: false,
    })
    const { username = '', password = '' } = way?.proxy ?? {}
    return [decodeURIComponent(username), decodeURIComponent(password)]
  }

  it.each([
    ['http://ann:100%@proxy.test:8080', ['ann', '100%']],
    ['http://ann:a%zzb@proxy.test:8080', ['ann', 'a%zzb']],
    ['http://ann:%ff%41@proxy.test:8080', ['ann', '%ff%41']],
    ['socks5://50%:p%40ss%@proxy.test:1080', ['50%', 'p@ss%']],
    ['http://ann:p%C3%A4ss%25@proxy.test:8080', ['ann', 'päss%']],
    ['http://ann:päss@proxy.test:8080', ['ann', 'päss']],
  ])('%s is taken as it is meant', (url, expected) => expect(login(url)).toEqual(expected))

  it.each([
    'http://ann:1/2@proxy.test:8080',
    'http://ann:1?2@proxy.test:8080',
    'http://ann:1#2@proxy.test:8080',
    'http://ann:1,2@proxy.test:8080',
    'http://proxy.test:8080/path',
  ])('%s is refused: its login ends where it should not', (url) => {
    expect(refusalOf('proxies', url)).toMatch(/^THE_NAME: expected http:.*%2C %2F %3F %23/)
  })

  it('of SOCKS is refused with a password that the protocol cannot carry', () => {
    expect(refusalOf('proxies', `socks5://ann:${'x'.repeat(256)}@h:1`)).toContain('at most 255 bytes')
    expect(read('proxies', `socks5://ann:${'x'.repeat(255)}@h:1`).get('proxies')).toHaveLength(1)
  })
})

describe('.env', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'perpctl-env-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const write = (bytes: Buffer | string): void => writeFileSync(join(folder, '.env'), bytes)
  const TEXT = 'DATABASE_URL=postgresql://me:pä@db/x\r\nPERPCTL_SYMBOLS=BTCUSDT\r\n'
  const VALUES = { DATABASE_URL: 'postgresql://me:pä@db/x', PERPCTL_SYMBOLS: 'BTCUSDT' }

  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${TEXT}`)],
    ['UTF-16, the low byte first', Buffer.from(`\ufeff${TEXT}`, 'utf16le')],
    ['UTF-16, the high byte first', Buffer.from(`\ufeff${TEXT}`, 'utf16le').swap16()],
  ])('is read as %s', (_, bytes) => {
    write(bytes)
    expect(readDotenv(folder)).toEqual(VALUES)
  })

  it('is refused by name where it cannot be read rightly', () => {
    write(Buffer.from(TEXT, 'utf16le'))
    expect(() => readDotenv(folder)).toThrow(`${join(folder, '.env')} is no text: it may be UTF-16`)
    write(Buffer.from(TEXT, 'latin1'))
    expect(() => readDotenv(folder)).toThrow(
      `the value of DATABASE_URL in ${join(folder, '.env')} is not UTF-8`,
    )
    write(Buffer.from('# größer\nPERPCTL_PERIOD=9\n', 'latin1'))
    expect(readDotenv(folder)).toEqual({ PERPCTL_PERIOD: '9' })
  })

  it('may be absent, empty or a folder', () => {
    expect(readDotenv(folder)).toBeUndefined()
    write('')
    expect(readDotenv(folder)).toEqual({})
    rmSync(join(folder, '.env'))
    mkdirSync(join(folder, '.env'))
    expect(readDotenv(folder)).toBeUndefined()
  })
})

describe('a variable that nothing knows', () => {
  const known = new Set([
    'PERPCTL_SYMBOLS',
    'PERPCTL_PROXIES',
    'PERPCTL_SINCE',
    'DATABASE_URL',
    'COINALYZE_KEY',
  ])
  const told = (name: string) =>
    findUnknownVariables({ [name]: 'x', PATH: '/bin' }, known).map(describeUnknown)

  it.each([
    ['PERPCTL_SYMBOL', ': did you mean PERPCTL_SYMBOLS?'],
    ['perpctl_symbols', ': did you mean PERPCTL_SYMBOLS?'],
    ['PERPCTL_PROXY', ': did you mean PERPCTL_PROXIES?'],
    ['PERPCTL_DATABASE_URL', ': did you mean DATABASE_URL?'],
    ['COINALYZE_API_KEY', ': did you mean COINALYZE_KEY?'],
    ['PERPCTL_QWXZ', ''],
  ])('%s is told%s', (name, near) =>
    expect(told(name)).toEqual([`perpctl does not know the variable ${name}${near}`]),
  )

  it.each(['PERPCTL_SINCE', 'DATABASE_URL', 'PGPASSWORD', 'MY_PERPCTL_X'])('%s is not', (name) =>
    expect(told(name)).toEqual([]),
  )

  it('that is empty is not set', () => {
    expect(findUnknownVariables({ PERPCTL_SYMBOL: '' }, known)).toEqual([])
  })
})
