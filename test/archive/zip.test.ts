import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ArchiveFileError } from '../../src/lib/archive/file-error.ts'
import { openZip } from '../../src/lib/archive/zip.ts'
import { makeZip, type ZipShape } from '../helpers/zip-file.ts'

const NAME = 'BTCUSDT-1m-2026-01.csv'
const PLACE = { where: 'BTCUSDT-1m-2026-01.zip', name: NAME }
const CONTENT = Array.from(
  { length: 40 },
  (_, at) => `${1_767_225_600_000 + at * 60_000},1.5,2,1,1.25\n`,
).join('')

async function inflate(file: Uint8Array | readonly Uint8Array[]): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of openZip(file, PLACE).chunks()) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function findCheck(file: Uint8Array): Promise<string> {
  try {
    await inflate(file)
  } catch (error) {
    if (!(error instanceof ArchiveFileError)) throw error
    return error.check
  }
  return 'sound'
}

const SHAPES: readonly (readonly [string, ZipShape])[] = [
  ['deflated', {}],
  ['stored', { isStored: true }],
  ['with a signed descriptor', { descriptor: 'signed' }],
  ['with a plain descriptor', { descriptor: 'plain' }],
  ['with a comment', { comment: 'made today' }],
]

describe('a zip of one member', () => {
  it.each(SHAPES)('is read %s', async (_name, shape) => {
    const file = makeZip(NAME, CONTENT, shape)
    const { size, name } = openZip(file, PLACE)
    expect({ size, name }).toEqual({ size: CONTENT.length, name: NAME })
    expect(await inflate(file)).toBe(CONTENT)
    expect(await inflate([file.subarray(0, 10), file.subarray(10, 11), file.subarray(11)])).toBe(CONTENT)
  })

  it('is read without any content', async () => {
    expect(await inflate(makeZip(NAME, ''))).toBe('')
  })

  it('comes in chunks of at most 256 KiB', async () => {
    const content = Buffer.alloc(1_000_000, '0123456789')
    for (const isStored of [true, false]) {
      const lengths: number[] = []
      for await (const chunk of openZip(makeZip(NAME, content, { isStored }), PLACE).chunks())
        lengths.push(chunk.length)
      expect(Math.max(...lengths)).toBe(262_144)
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(1_000_000)
    }
  })

  it.each<readonly [string, string, Uint8Array]>([
    ['another file', 'name', makeZip('ETHUSDT-1m-2026-01.csv', CONTENT)],
    ['two names', 'name', makeZip(NAME, CONTENT, { localName: 'ETHUSDT-1m-2026-01.csv' })],
    ['another CRC', 'crc', makeZip(NAME, CONTENT, { crc: 1 })],
    ['less than it holds', 'size', makeZip(NAME, CONTENT, { size: CONTENT.length - 1 })],
    ['more than it holds', 'size', makeZip(NAME, CONTENT, { size: CONTENT.length + 1 })],
    ['a stored size that is not its own', 'size', makeZip(NAME, CONTENT, { isStored: true, size: 3 })],
    ['encryption', 'structure', makeZip(NAME, CONTENT, { flags: 1 })],
    ['the size of a zip64', 'structure', makeZip(NAME, CONTENT, { size: 0xffffffff })],
    ['the size of a bomb', 'size', makeZip(NAME, CONTENT, { size: 65 << 20 })],
    ['nothing', 'structure', new Uint8Array()],
    ['a page of text', 'structure', Buffer.from('<html>not found</html>'.repeat(10))],
    ['more than 16 MiB', 'size', new Uint8Array((16 << 20) + 1)],
  ])('is refused where it tells %s', async (_name, check, file) => {
    expect(await findCheck(file)).toBe(check)
  })

  it('ends a bomb at the size that it tells', async () => {
    const bomb = makeZip(NAME, Buffer.alloc(32 << 20), { size: 1_000 })
    let seen = 0
    await expect(async () => {
      for await (const chunk of openZip(bomb, PLACE).chunks()) seen += chunk.length
    }).rejects.toThrow('longer than the 1000 bytes')
    expect(seen).toBe(0)
  })

  it('is refused with data behind its own', async () => {
    const file = makeZip(NAME, CONTENT)
    const data = deflateRawSync(CONTENT).length
    const longer = Buffer.concat([
      file.subarray(0, 30 + NAME.length + data),
      Buffer.from('more'),
      file.subarray(30 + NAME.length + data),
    ])
    const central = longer.length - 22 - 46 - NAME.length
    longer.writeUInt32LE(central, longer.length - 6)
    expect(await findCheck(longer)).toBe('size')
    // The headers agree now, and the data alone tell.
    for (const at of [18, central + 20]) longer.writeUInt32LE(data + 4, at)
    expect(await findCheck(longer)).toBe('size')
  })

  it.each(SHAPES)('is refused wherever it is cut: %s', async (_name, shape) => {
    const file = makeZip(NAME, CONTENT, shape)
    for (let length = 0; length < file.length; length += 1)
      expect(await findCheck(file.subarray(0, length)), `cut at ${length}`).not.toBe('sound')
  })

  it.each(SHAPES)('with any bit turned is refused, or has the same content: %s', async (_name, shape) => {
    const file = makeZip(NAME, CONTENT, shape)
    let sound = 0
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const turned = Buffer.from(file)
      turned.writeUInt8(turned.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      if ((await findCheck(turned)) !== 'sound') continue
      sound += 1
      expect(await inflate(turned)).toBe(CONTENT)
    }
    // Who made it, its attributes and its comment are not looked at.
    expect(sound).toBeLessThan((2 + 2 + 4 + (shape.comment?.length ?? 0)) * 8 + 8)
  })
})
