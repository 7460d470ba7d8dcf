import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeAssumptions, parseDatabaseUrl } from '../../src/db/database-url.ts'
import { toServerOptions } from '../../src/db/session-settings.ts'
import { ConfigurationError } from '../../src/lib/errors.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'perpctl-libpq-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const read = (url: string, variables: Record<string, string> = {}) =>
  parseDatabaseUrl(url, { HOME: home, ...variables })

describe('what a url leaves out', () => {
  it('is the user of the process, and a database of the same name, and is told', () => {
    const { username } = userInfo()
    expect(read('postgresql://')).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: username,
      database: username,
    })
    expect(describeAssumptions('postgresql://', { HOME: home })).toBe(
      `host localhost, user ${username} (of this process), name ${username} (that of the user)`,
    )
    expect(describeAssumptions('postgresql://u@h/d', { HOME: home, PGUSER: 'x' })).toBe('')
  })

  it('is taken from the variables of libpq, which never win over the url', () => {
    const variables = {
      PGHOST: '/run/pg',
      PGPORT: '6000',
      PGUSER: 'ann',
      PGDATABASE: 'market',
      PGPASSWORD: 's3cret',
      PGAPPNAME: 'cron',
      PGSSLMODE: 'require',
    }
    expect(read('postgresql://', variables)).toMatchObject({
      host: '/run/pg',
      port: 6000,
      user: 'ann',
      database: 'market',
      password: 's3cret',
      application_name: 'cron',
      ssl: { rejectUnauthorized: false },
    })
    expect(
      read('postgresql://bob:own@db:1/other?sslmode=disable&application_name=mine', variables),
    ).toMatchObject({
      host: 'db',
      port: 1,
      user: 'bob',
      database: 'other',
      password: 'own',
      application_name: 'mine',
      ssl: false,
    })
    expect(describeAssumptions('postgresql://db', { HOME: home, PGUSER: 'ann', PGDATABASE: 'market' })).toBe(
      'user ann (PGUSER), name market (PGDATABASE)',
    )
  })
})

describe('the password file', () => {
  const LINES = [
    '# a comment',
    'db:5432:market:ann:first',
    'db:*:market:bob:with\\:colon\\\\',
    'a\\:b:5432:*:*:odd',
    'localhost:5432:market:ann:local',
    '*:*:*:*:rest:of:line',
  ]
  const file = () => join(home, '.pgpass')
  const passwordOf = (url: string, variables: Record<string, string> = {}) => read(url, variables).password

  it('gives the first line that fits, with its backslashes', () => {
    writeFileSync(file(), LINES.join('\n'), { mode: 0o600 })
    expect(passwordOf('postgresql://ann@db/market')).toBe('first')
    expect(passwordOf('postgresql://bob@db:7000/market')).toBe('with:colon\\')
    expect(passwordOf('postgresql://x@[a:b]/market')).toBe('odd')
    expect(passwordOf('postgresql://ann@/market?host=/var/run/postgresql')).toBe('local')
    expect(passwordOf('postgresql://zed@elsewhere/x')).toBe('rest:of:line')
  })

  it('comes after the url and PGPASSWORD, and is where PGPASSFILE or passfile says', () => {
    expect(passwordOf('postgresql://ann:own@db/market')).toBe('own')
    expect(passwordOf('postgresql://ann@db/market', { PGPASSWORD: 'variable' })).toBe('variable')
    const other = join(home, 'other')
    writeFileSync(other, '*:*:*:*:another', { mode: 0o600 })
    expect(passwordOf('postgresql://ann@db/market', { PGPASSFILE: other })).toBe('another')
    expect(passwordOf(`postgresql://ann@db/market?passfile=${other}`)).toBe('another')
    expect(passwordOf('postgresql://ann@db/market', { PGPASSFILE: '/nowhere' })).toBeUndefined()
  })

  it('that others may read is not read, and that is told', () => {
    chmodSync(file(), 0o644)
    expect(passwordOf('postgresql://ann@db/market')).toBeUndefined()
    expect(describeAssumptions('postgresql://ann@db/market', { HOME: home })).toContain('chmod 600')
  })
})

describe('encryption', () => {
  const sslOf = (query: string, variables: Record<string, string> = {}) =>
    read(`postgresql://u@h/d?${query}`, variables).ssl
  const root = () => join(home, 'root.crt')

  it('with an authority verifies it, also where sslmode is require', () => {
    writeFileSync(root(), 'CA')
    const verified = { ca: 'CA', rejectUnauthorized: true }
    expect(sslOf(`sslmode=require&sslrootcert=${root()}`)).toMatchObject(verified)
    expect(sslOf('sslmode=require', { PGSSLROOTCERT: root() })).toMatchObject(verified)
    // The name of the host is looked at by verify-full alone.
    expect(sslOf(`sslmode=require&sslrootcert=${root()}`)).toHaveProperty('checkServerIdentity')
    expect(sslOf(`sslmode=verify-ca&sslrootcert=${root()}`)).toHaveProperty('checkServerIdentity')
    expect(sslOf(`sslmode=verify-full&sslrootcert=${root()}`)).toEqual(verified)
    expect(sslOf(`sslmode=disable&sslrootcert=${root()}`)).toBe(false)
  })

  it('finds the authority of the user as libpq does', () => {
    expect(sslOf('sslmode=require')).toEqual({ rejectUnauthorized: false })
    mkdirSync(join(home, '.postgresql'))
    writeFileSync(join(home, '.postgresql', 'root.crt'), 'OWN')
    expect(sslOf('sslmode=require')).toMatchObject({ ca: 'OWN', rejectUnauthorized: true })
    rmSync(join(home, '.postgresql'), { recursive: true })
  })

  it('by the authorities of the system is verify-full and nothing less', () => {
    expect(sslOf('sslrootcert=system')).toEqual({ rejectUnauthorized: true })
    expect(sslOf('sslrootcert=system&sslmode=verify-full')).toEqual({ rejectUnauthorized: true })
    expect(() => sslOf('sslrootcert=system&sslmode=require')).toThrow(ConfigurationError)
    expect(() => sslOf('sslmode=require&sslrootcert=/nowhere')).toThrow(ConfigurationError)
  })
})

describe('the options of a session', () => {
  it('are those of the url and ours, which come last', () => {
    expect(toServerOptions()).toMatch(
      /^-c IntervalStyle=postgres .*-c default_transaction_isolation=read\\ committed/,
    )
    const own = toServerOptions('-c work_mem=64MB -c bytea_output=escape')
    expect(own.indexOf('bytea_output=escape')).toBeLessThan(own.indexOf('bytea_output=hex'))
  })

  it('leave the schema and the time-outs of the url as they are', () => {
    expect(toServerOptions('-csearch_path=market')).not.toMatch(/search_path=.*search_path=/)
    const timed = toServerOptions('--statement-timeout=5000 -c lock_timeout=1')
    expect(timed.match(/(?:statement|lock)[-_]timeout/g)).toHaveLength(2)
  })
})
