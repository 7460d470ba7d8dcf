import { hostname } from 'node:os'
import { expect, it } from 'vitest'
import { nameAddress, nameKey } from '../../src/lib/rate/payer.ts'

const proxy = (url: string): string => nameAddress(new URL(url))

it('tells addresses apart by machine, or by the proxy and its user', () => {
  expect(nameAddress(undefined)).toBe(`direct@${hostname()}`)
  expect(nameAddress(undefined, 'office')).toBe('direct@office')
  expect(nameAddress(new URL('http://10.0.0.1:80'), 'office')).toBe(proxy('http://10.0.0.1:80'))
  const names = [
    'http://10.0.0.1:80',
    'http://10.0.0.1:81',
    'http://ann@10.0.0.1:81',
    'socks5://ann@10.0.0.1:81',
  ]
  expect(new Set(names.map(proxy)).size).toBe(4)
})

it('knows a proxy by the same name whatever its password, and never shows it', () => {
  const name = proxy('http://ann:s3cret@proxy.test:8080')
  expect(name).toBe(proxy('http://ann:other@proxy.test:8080'))
  expect(name).toMatch(/^proxy-[0-9a-f]{16}$/)
})

it('tells keys apart by a short hash', () => {
  const [one, two] = [nameKey({ api_key: 'one' }), nameKey({ api_key: 'two' })]
  expect(one).not.toBe(two)
  expect(one).toBe(nameKey({ api_key: 'one' }))
  expect(one).toMatch(/^key-[0-9a-f]{16}$/)
  expect(nameKey()).not.toBe(one)
})
