import { constants, crc32, deflateRawSync } from 'node:zlib'

/** Fast: a file is made while somebody waits for it. */
const LEVEL = 4
const VERSION = 20
/** The first moment that a zip can tell, so that the same rows are the same bytes. */
const DOS_TIME = 0
const DOS_DATE = 0x0021
const UNIX = 3
/** A plain file that its owner may write and all may read. */
const MODE = 0o100_644
const UTF8_NAME = 0x0800
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50]
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22]
const LOCAL_CRC = 14
const CENTRAL_CRC = 16

/** Blocks of deflate without content: five and six bytes that begin on a byte, and one that ends the stream. */
const FIVE = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff])
const SIX = Buffer.from([0x02, 0x00, 0x00, 0x00, 0xff, 0xff])
const LAST = Buffer.from([0x01, 0x00, 0x00, 0xff, 0xff])
/** From here on every length is a sum of fives and sixes. */
const LEAST_PADDING = 20

/**
 * A zip of one deflated member, without descriptor, extra fields or comment, that is exactly `size` bytes long: what is
 * missing is filled up with empty blocks inside of the deflated stream. Throws a RangeError where the content needs more.
 */
export function packZip(name: string, content: Buffer, size: number): Buffer {
  const nameBytes = Buffer.from(name)
  const deflated = deflateTo(content, size - overheadOf(nameBytes), name)
  const fields = { crc: crc32(content), packed: deflated.byteLength, whole: content.byteLength, nameBytes }
  const local = Buffer.concat([createLocal(fields), nameBytes, deflated])
  const central = Buffer.concat([createCentral(fields), nameBytes])
  return Buffer.concat([local, central, createEnd(local.byteLength, central.byteLength)])
}

/** The same zip whose sum over the content is another one in both places. */
export function breakCrc(zip: Buffer): Buffer {
  const broken = Buffer.from(zip)
  const central = broken.readUInt32LE(broken.byteLength - END_BYTES + 16)
  for (const at of [LOCAL_CRC, central + CENTRAL_CRC])
    broken.writeUInt32LE(~broken.readUInt32LE(at) >>> 0, at)
  return broken
}

const overheadOf = (name: Buffer): number => LOCAL_BYTES + CENTRAL_BYTES + END_BYTES + 2 * name.byteLength

function deflateTo(content: Buffer, size: number, name: string): Buffer {
  const open = deflateRawSync(content, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })
  const padding = size - open.byteLength - LAST.byteLength
  if (padding < LEAST_PADDING) {
    throw new RangeError(`${name} is ${open.byteLength} bytes deflated, more than the ${size} that were told`)
  }
  const sixes = padding % FIVE.byteLength
  const fives = (padding - sixes * SIX.byteLength) / FIVE.byteLength
  const filling = Buffer.alloc(fives * FIVE.byteLength, FIVE)
  return Buffer.concat([open, filling, ...Array<Buffer>(sixes).fill(SIX), LAST])
}

interface Fields {
  readonly crc: number
  readonly packed: number
  readonly whole: number
  readonly nameBytes: Buffer
}

/** What both headers say of the member, from `at` on. */
function writeFields(header: Buffer, at: number, { crc, packed, whole, nameBytes }: Fields): void {
  header.writeUInt16LE(VERSION, at)
  header.writeUInt16LE(nameBytes.some((byte) => byte > 127) ? UTF8_NAME : 0, at + 2)
  header.writeUInt16LE(8, at + 4)
  header.writeUInt16LE(DOS_TIME, at + 6)
  header.writeUInt16LE(DOS_DATE, at + 8)
  header.writeUInt32LE(crc, at + 10)
  header.writeUInt32LE(packed, at + 14)
  header.writeUInt32LE(whole, at + 18)
  header.writeUInt16LE(nameBytes.byteLength, at + 22)
}

function createLocal(fields: Fields): Buffer {
  const header = Buffer.alloc(LOCAL_BYTES)
  header.writeUInt32LE(LOCAL, 0)
  writeFields(header, 4, fields)
  return header
}

function createCentral(fields: Fields): Buffer {
  const header = Buffer.alloc(CENTRAL_BYTES)
  header.writeUInt32LE(CENTRAL, 0)
  header.writeUInt16LE((UNIX << 8) | VERSION, 4)
  writeFields(header, 6, fields)
  header.writeUInt32LE((MODE << 16) >>> 0, 38)
  return header
}

function createEnd(localBytes: number, centralBytes: number): Buffer {
  const end = Buffer.alloc(END_BYTES)
  end.writeUInt32LE(END, 0)
  end.writeUInt16LE(1, 8)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(centralBytes, 12)
  end.writeUInt32LE(localBytes, 16)
  return end
}
