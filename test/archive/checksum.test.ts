import { describe, expect, it } from 'vitest'
import { readChecksum } from '../../src/lib/archive/checksum.ts'
import { ArchiveFileError } from '../../src/lib/archive/file-error.ts'

const DIGITS = 'dd579c62368ded93d3f01a1904575b932279e32936e181c062763e605793c1c2'
const NAME = 'BTCUSDT-1m-2020-01-01.zip'
const read = (text: string): string => readChecksum(text, { where: `${NAME}.CHECKSUM`, name: NAME })

describe('a checksum file', () => {
  it.each([`${DIGITS}  ${NAME}`, `${DIGITS} ${NAME}\n`, `${DIGITS.toUpperCase()}\t*${NAME}\r\n`])(
    'is read: %j',
    (text) => {
      expect(read(text)).toBe(DIGITS)
    },
  )

  it.each([
    ['structure', ''],
    ['structure', DIGITS],
    ['structure', `${DIGITS.slice(1)}  ${NAME}`],
    ['structure', `${DIGITS}0  ${NAME}`],
    ['structure', `${DIGITS}  ${NAME}\n${DIGITS}  ${NAME}`],
    ['structure', '<Error><Code>AccessDenied</Code></Error>'],
    ['structure', `${DIGITS}  ${'x'.repeat(2_000)}`],
    ['name', `${DIGITS}  BTCUSDT-1m-2020-01-02.zip`],
    ['name', `${DIGITS}  ${NAME.slice(0, -1)}`],
  ])('is refused for its %s: %j', (check, text) => {
    expect(() => read(text)).toThrow(ArchiveFileError)
    expect(() => read(text)).toThrow(expect.objectContaining({ check, code: 'payload' }))
  })
})
