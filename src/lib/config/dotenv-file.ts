import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import { ConfigurationError } from '../errors.ts'

const HINT = 'save it as UTF-8, or take it away'

/**
 * What the `.env` of a folder sets, undefined where there is none. A file that cannot be read rightly is refused: whoever
 * wrote it does not expect the defaults.
 */
export function readDotenv(folder: string): Readonly<Record<string, string>> | undefined {
  const file = join(folder, '.env')
  const bytes = readBytes(file)
  if (bytes === undefined) return undefined
  const values = parse(decode(bytes, file))
  const unreadable = Object.entries(values).filter(([, value]) => value.includes('\ufffd'))
  if (unreadable.length > 0) {
    const names = unreadable.map(([name]) => name).join(', ')
    throw new ConfigurationError(`the value of ${names} in ${file} is not UTF-8`, { hint: HINT })
  }
  return values
}

function readBytes(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    // A folder of that name is somebody else's.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    const hint = 'give the user that runs perpctl the right to read it, or take it away'
    throw new ConfigurationError(`${file} cannot be read (${code})`, { cause, hint })
  }
}

/** Editors of Windows write UTF-16, with a mark in front. */
function decode(bytes: Buffer, file: string): string {
  const mark = bytes.byteLength >= 2 ? bytes.readUInt16BE(0) : 0
  const encoding = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  if (text.includes('\0')) {
    throw new ConfigurationError(`${file} is no text: it may be UTF-16 without a mark`, { hint: HINT })
  }
  return text
}
