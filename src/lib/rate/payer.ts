import { createHash } from 'node:crypto'
import { hostname } from 'node:os'

const HASH_LENGTH = 16
const shorten = (text: string): string =>
  createHash('sha256').update(`perpctl payer\n${text}`).digest('hex').slice(0, HASH_LENGTH)

/** The address that requests leave from: that of this machine, or of a proxy, told apart without its password. */
export function nameAddress(proxy: URL | undefined): string {
  if (!proxy) return `direct@${hostname()}`
  return `proxy-${shorten(`${proxy.protocol}//${proxy.username}@${proxy.host}`)}`
}

/** Whoever asks with these headers: a key is known by a short hash alone. */
export function nameKey(headers: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `key-${shorten(JSON.stringify(parts))}`
}
