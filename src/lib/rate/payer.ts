import { createHash } from 'node:crypto'
import { hostname } from 'node:os'

const HASH_LENGTH = 16
const shorten = (text: string): string =>
  createHash('sha256').update(`perpctl payer\n${text}`).digest('hex').slice(0, HASH_LENGTH)

/**
 * The address that requests leave from: that of this machine, which the user may name, or of a proxy, told apart
 * without its password.
 */
export function nameAddress(proxy: URL | undefined, address?: string): string {
  if (!proxy) return `direct@${address ?? hostname()}`
  return `proxy-${shorten(`${proxy.protocol}//${proxy.username}@${proxy.host}`)}`
}

/** Whoever asks with these headers: a key is known by a short hash alone. */
export function nameKey(headers: Readonly<Record<string, string>> = {}): string {
  const parts = Object.entries(headers).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `key-${shorten(JSON.stringify(parts))}`
}

/** In a run and in a diagnosis. */
export function describeShared(own: string, other: string): string {
  return `the venue counts ${own} and ${other} together: they share one budget from now on (one PERPCTL_ADDRESS for both says so from the start)`
}
