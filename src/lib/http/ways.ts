import { decodePercent } from '../text/percent.ts'

export interface WayOptions {
  /** Proxy URLs, and `direct` for the local address. */
  readonly proxies: readonly string[]
  /** Whether the local address is in the pool beside the proxies. */
  readonly usesDirect: boolean
}

/** One way out to the network. */
export interface Way {
  /** `direct`, or `proxy-1` … in the order given: a name that never holds credentials. */
  readonly name: string
  /** Undefined: from the local address. Holds credentials. */
  readonly proxy: URL | undefined
}

/** Each proxy once, after the local address. */
export function listWays({ proxies, usesDirect }: WayOptions): Way[] {
  const urls = [...new Set(proxies)].filter((url) => url !== 'direct')
  const ways = urls.map((url, at): Way => ({ name: `proxy-${at + 1}`, proxy: readProxy(url) }))
  return usesDirect || proxies.includes('direct') ? [{ name: 'direct', proxy: undefined }, ...ways] : ways
}

/** With a login that whoever undoes its escapes can read: in a password a `%` may be just that. */
function readProxy(text: string): URL {
  const url = new URL(text)
  url.username = toEscapes(url.username)
  url.password = toEscapes(url.password)
  return url
}

function toEscapes(part: string): string {
  try {
    decodeURIComponent(part)
    return part
  } catch {
    return encodeURIComponent(decodePercent(part))
  }
}
