import { describe, expect, it } from 'vitest'
import { createRedactor, redact, redactUrls, secretsOfUrl } from '../../src/lib/text/secrets.ts'

describe('redaction', () => {
  it.each([
    ['proxy http://user:pass@10.0.0.1:8080 failed', 'proxy http://***@10.0.0.1:8080 failed'],
    ['postgresql://me:p%40ss@db/x?sslmode=require', 'postgresql://***@db/x?sslmode=require'],
    ['socks5://only@host', 'socks5://***@host'],
    ['https://api.example/v1?api_key=abc123&symbols=X', 'https://api.example/v1?api_key=***&symbols=X'],
    ['{"apiKey":"abc","a":1}', '{"apiKey":"***","a":1}'],
    ['password=hunter2, retry', 'password=***, retry'],
  ])('hides credentials in %s', (text, hidden) => expect(redactUrls(text)).toBe(hidden))

  it.each([
    'https://fapi.binance.com/fapi/v1/klines?symbol=BTCUSDT&limit=499',
    'password authentication failed for user "me"',
    'https://data.binance.vision/?prefix=a@b',
  ])('leaves %s alone', (text) => expect(redactUrls(text)).toBe(text))

  it('hides known secrets in every spelling, the longest first', () => {
    expect(redact('got p@ss word and p%40ss%20word', ['p@ss word'])).toBe('got *** and ***')
    expect(redact('abcd-efgh', ['abcd', 'abcd-efgh'])).toBe('***')
    expect(redact('the key of a', ['a', ''])).toBe('the key of a')
  })

  it('finds the password of a URL', () => {
    expect(secretsOfUrl('postgresql://me:p%40ss@db/x')).toEqual(['p@ss', 'p%40ss'])
    expect(secretsOfUrl('postgresql://me:pw@/x?host=/run/pg')).toEqual(['pw'])
    expect(secretsOfUrl('postgresql:///x?host=/run/pg&password=p%26w')).toEqual(['p&w'])
    expect(secretsOfUrl('http://me:100%@host:8080')).toEqual(['100%'])
    expect(secretsOfUrl('http://me:a%zz%40@host:8080')).toEqual(['a%zz@', 'a%zz%40'])
    expect(secretsOfUrl('http://host')).toEqual([])
    expect(secretsOfUrl('not a url')).toEqual([])
  })

  it('goes into values at every depth and survives what JSON cannot hold', () => {
    const ring: Record<string, unknown> = { password: 'x', list: ['hunter2', 1n, new Error('hunter2')] }
    ring.self = ring
    const { value, text } = createRedactor(['hunter2'])
    const safe = value(ring)
    expect(safe).toMatchObject({ password: '***', list: ['***', '1', '***'], self: { password: '***' } })
    expect(JSON.stringify(safe)).not.toContain('hunter2')
    expect(text('hunter2')).toBe('***')
  })
})
