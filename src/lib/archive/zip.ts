import { crc32, createInflateRaw } from 'node:zlib'
import { ArchiveFileError, type FileCheck } from './file-error.ts'

const MEBIBYTE = 1 << 20
/** A month of one-minute candles has two of them. */
export const MOST_ZIP_BYTES = 16 * MEBIBYTE
/** A bomb ends here, whatever size it tells. */
export const MOST_MEMBER_BYTES = 64 * MEBIBYTE
const MOST_CHUNK_BYTES = 256 * 1024

const [LOCAL, CENTRAL, END, DESCRIPTOR] = [0x04034b50, 0x02014b50, 0x06054b50, 0x08074b50]
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22]
const MOST_COMMENT_BYTES = 0xffff
const [MOST_16, MOST_32] = [0xffff, 0xffffffff]
const [STORED, DEFLATED] = [0, 8]
/** Encrypted, strongly encrypted, with hidden headers. */
const ENCRYPTED = 0x2041
const HAS_DESCRIPTOR = 0x0008
const ZIP64_FIELD = 0x0001

/** The only member of a zip. */
export interface ZipMember {
  readonly name: string
  /** Bytes inflated, as the zip tells. */
  readonly size: number
  readonly crc: number
  /**
   * The inflated bytes in chunks of at most 256 KiB, each the reader's own. Only an iteration that ends without an error
   * has shown all of them: the CRC and the length are checked at the end. Throws `ArchiveFileError`.
   */
  chunks(): AsyncIterable<Uint8Array>
}

type Fail = (check: FileCheck, problem: string) => ArchiveFileError

/**
 * Reads the headers of a zip of exactly one member, stored or deflated, from all of its bytes (at most 16 MiB). `where`
 * names it in errors; `name` is what the member must be called. End record, central and local header, and a data
 * descriptor where there is one, must agree and leave no byte unexplained. Throws `ArchiveFileError` for anything else:
 * more members, encryption, zip64.
 */
export function openZip(
  file: Uint8Array | readonly Uint8Array[],
  { where, name }: { readonly where: string; readonly name: string },
): ZipMember {
  const fail: Fail = (check, problem) => new ArchiveFileError(where, check, problem)
  const bytes = joinChunks(file, fail)
  const end = findEnd(bytes, fail)
  const entry = readCentral(bytes, end, fail)
  const found = bytes.toString(
    'utf8',
    end.central + CENTRAL_BYTES,
    end.central + CENTRAL_BYTES + entry.nameBytes,
  )
  if (found !== name) throw new ArchiveFileError(where, 'name', `holds another file than ${name}`, found)
  const from = readLocal(bytes, end.central, entry, fail)
  checkDescriptor(bytes, from + entry.packed, end.central, entry, fail)
  if (entry.size > MOST_MEMBER_BYTES)
    throw fail('size', `its member has ${entry.size} bytes, more than ${MOST_MEMBER_BYTES}`)
  const data = bytes.subarray(from, from + entry.packed)
  return { name, size: entry.size, crc: entry.crc, chunks: () => verify(data, entry, fail) }
}

function joinChunks(file: Uint8Array | readonly Uint8Array[], fail: Fail): Buffer {
  const chunks = file instanceof Uint8Array ? [file] : file
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (length > MOST_ZIP_BYTES) throw fail('size', `${length} bytes, more than ${MOST_ZIP_BYTES}`)
  const [only] = chunks
  if (chunks.length === 1 && only) return Buffer.from(only.buffer, only.byteOffset, only.length)
  return Buffer.concat(chunks, length)
}

/** Where the central header begins, and where the end record does. */
interface End {
  readonly central: number
  readonly end: number
}

function findEnd(bytes: Buffer, fail: Fail): End {
  const least = Math.max(0, bytes.length - END_BYTES - MOST_COMMENT_BYTES)
  let end = bytes.length - END_BYTES
  while (end >= least && !isEnd(bytes, end)) end -= 1
  if (end < least) throw fail('structure', 'is no zip, or a part of one: it has no end record')
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16LE(end + at))
  const [size, central] = [bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)]
  if (counts.includes(MOST_16) || size === MOST_32 || central === MOST_32)
    throw fail('structure', 'is a zip64, which is not read')
  if (counts.join() !== '0,0,1,1') throw fail('structure', 'is not a zip of one member in one part')
  if (central + size !== end) throw fail('structure', 'its central directory is not where it should be')
  return { central, end }
}

const isEnd = (bytes: Buffer, at: number): boolean =>
  bytes.readUInt32LE(at) === END && at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length

interface Entry {
  /** What the local header must repeat: version, flags, method, time. */
  readonly shared: Buffer
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly name: Buffer
  readonly nameBytes: number
}

function readCentral(bytes: Buffer, { central, end }: End, fail: Fail): Entry {
  if (central + CENTRAL_BYTES > end || bytes.readUInt32LE(central) !== CENTRAL)
    throw fail('structure', 'has no central header')
  const [flags, method] = [bytes.readUInt16LE(central + 8), bytes.readUInt16LE(central + 10)]
  const [crc, packed, size] = [16, 20, 24].map((at) => bytes.readUInt32LE(central + at)) as [
    number,
    number,
    number,
  ]
  const [nameBytes, extra, comment, part] = [28, 30, 32, 34].map((at) =>
    bytes.readUInt16LE(central + at),
  ) as [number, number, number, number]
  const from = central + CENTRAL_BYTES
  if (from + nameBytes + extra + comment !== end) throw fail('structure', 'its central header is not whole')
  const isZip64 = hasZip64(bytes.subarray(from + nameBytes, from + nameBytes + extra))
  if (isZip64 || packed === MOST_32 || size === MOST_32)
    throw fail('structure', 'is a zip64, which is not read')
  if ((flags & ENCRYPTED) !== 0) throw fail('structure', 'is encrypted')
  if (method !== STORED && method !== DEFLATED) throw fail('structure', `its method ${method} is not read`)
  if (method === STORED && packed !== size) throw fail('size', 'is stored, in another size than its own')
  if (part !== 0 || bytes.readUInt32LE(central + 42) !== 0)
    throw fail('structure', 'its member does not stand at the beginning')
  const shared = bytes.subarray(central + 6, central + 16)
  return { shared, flags, method, crc, packed, size, name: bytes.subarray(from, from + nameBytes), nameBytes }
}

/** Returns where the data begin. */
function readLocal(bytes: Buffer, central: number, entry: Entry, fail: Fail): number {
  if (central < LOCAL_BYTES || bytes.readUInt32LE(0) !== LOCAL) throw fail('structure', 'has no local header')
  if (bytes.compare(entry.shared, 0, entry.shared.length, 4, 14) !== 0)
    throw fail('structure', 'its two headers do not agree')
  const [nameBytes, extra] = [bytes.readUInt16LE(26), bytes.readUInt16LE(28)]
  const from = LOCAL_BYTES + nameBytes + extra
  if (from > central) throw fail('structure', 'its local header is not whole')
  if (!bytes.subarray(LOCAL_BYTES, LOCAL_BYTES + nameBytes).equals(entry.name))
    throw fail('name', 'its two headers name other files')
  if (hasZip64(bytes.subarray(from - extra, from))) throw fail('structure', 'is a zip64, which is not read')
  const told = [14, 18, 22].map((at) => bytes.readUInt32LE(at))
  const wanted = [entry.crc, entry.packed, entry.size]
  // Where a descriptor follows, the local header tells nothing, or the same.
  const isLater = (entry.flags & HAS_DESCRIPTOR) !== 0
  if (told.some((value, at) => value !== wanted[at] && !(isLater && value === 0)))
    throw fail('size', 'its two headers tell other sizes or another CRC')
  return from
}

function hasZip64(extra: Buffer): boolean {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === ZIP64_FIELD) return true
  return false
}

/** Nothing may stand between the data and the central header, but a descriptor that tells the same. */
function checkDescriptor(bytes: Buffer, from: number, central: number, entry: Entry, fail: Fail): void {
  if ((entry.flags & HAS_DESCRIPTOR) === 0) {
    if (from !== central) throw fail('size', 'its data do not fill the room that they have')
    return
  }
  const length = central - from
  const hasSignature = length === 16 && bytes.readUInt32LE(from) === DESCRIPTOR
  if (length !== 12 && !hasSignature) throw fail('structure', 'its data descriptor is not whole')
  const at = central - 12
  const isEqual = [entry.crc, entry.packed, entry.size].every(
    (value, index) => bytes.readUInt32LE(at + index * 4) === value,
  )
  if (!isEqual) throw fail('size', 'its data descriptor tells other sizes or another CRC')
}

async function* verify(data: Buffer, entry: Entry, fail: Fail): AsyncGenerator<Uint8Array> {
  let [size, crc] = [0, 0]
  for await (const chunk of entry.method === STORED ? cut(data) : inflate(data, fail)) {
    size += chunk.length
    if (size > entry.size)
      throw fail('size', `its member is longer than the ${entry.size} bytes that it tells`)
    crc = crc32(chunk, crc)
    yield chunk
  }
  if (size !== entry.size) throw fail('size', `its member has ${size} bytes, not ${entry.size}`)
  if (crc !== entry.crc) throw fail('crc', 'its member is damaged: the CRC is another')
}

function* cut(data: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < data.length; at += MOST_CHUNK_BYTES) yield data.subarray(at, at + MOST_CHUNK_BYTES)
}

async function* inflate(data: Buffer, fail: Fail): AsyncGenerator<Uint8Array> {
  const stream = createInflateRaw({ chunkSize: MOST_CHUNK_BYTES })
  stream.end(data)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
  } catch (cause) {
    throw fail('structure', `cannot be inflated: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  if (stream.bytesWritten !== data.length) throw fail('size', 'has more data than its member')
}
