import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipShape {
  readonly isStored?: boolean
  /** Sizes and CRC stand behind the data instead of before them, with a signature or without. */
  readonly descriptor?: 'signed' | 'plain'
  /** What the headers tell where it is not the truth. */
  readonly size?: number
  readonly crc?: number
  readonly flags?: number
  readonly localName?: string
  readonly comment?: string
}

function numbers(...values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const buffer = Buffer.alloc(bytes)
      buffer.writeUIntLE(value, 0, bytes)
      return buffer
    }),
  )
}

/** A zip of one member as the archive makes it: no extra field, no comment; `shape` for any other. */
export function makeZip(name: string, content: Uint8Array | string, shape: ZipShape = {}): Buffer {
  const plain = Buffer.from(content)
  const data = shape.isStored ? plain : deflateRawSync(plain)
  const crc = shape.crc ?? crc32(plain)
  const sizes = numbers([4, crc], [4, data.length], [4, shape.size ?? plain.length])
  const flags = (shape.flags ?? 0) | (shape.descriptor ? 8 : 0)
  const method = shape.isStored ? 0 : 8
  const shared = numbers([2, 20], [2, flags], [2, method], [2, 0x4a21], [2, 0x5c6e])
  const localName = Buffer.from(shape.localName ?? name)
  const local = Buffer.concat([
    numbers([4, 0x04034b50]),
    shared,
    shape.descriptor ? Buffer.alloc(12) : sizes,
    numbers([2, localName.length], [2, 0]),
    localName,
  ])
  const signature = shape.descriptor === 'signed' ? numbers([4, 0x08074b50]) : Buffer.alloc(0)
  const before = Buffer.concat([local, data, ...(shape.descriptor ? [signature, sizes] : [])])
  const bytes = Buffer.from(name)
  const central = Buffer.concat([
    numbers([4, 0x02014b50], [2, 0x0314]),
    shared,
    sizes,
    numbers([2, bytes.length], [2, 0], [2, 0], [2, 0], [2, 0], [4, 0o644 << 16], [4, 0]),
    bytes,
  ])
  const comment = Buffer.from(shape.comment ?? '')
  const end = numbers(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, 1],
    [2, 1],
    [4, central.length],
    [4, before.length],
    [2, comment.length],
  )
  return Buffer.concat([before, central, end, comment])
}
