import { readBucketError } from '../../../lib/archive/list-bucket.ts'
import { readRetryAfter } from '../../../lib/http/retry-after.ts'
import { MINUTE } from '../../../lib/model/window.ts'
import type { Api } from '../../../lib/venue/api.ts'
import type { Answer, Verdict } from '../../../lib/venue/request.ts'
import { FILES, FILES_PER_MINUTE } from './limits.ts'
import { firstListing } from './listing.ts'

export function createArchiveApi({ url, listUrl }: { readonly url: string; readonly listUrl: string }): Api {
  return {
    name: 'archive',
    host: new URL(url).host,
    budgets: [{ pool: FILES, limit: FILES_PER_MINUTE, windowMs: MINUTE }],
    probe: { request: firstListing(listUrl), parse: () => undefined },
    judge,
  }
}

/** 404 is "there is none" for whoever asked; 403 was the answer to everything in outages, and never means that. */
function judge({ status, body, headers }: Answer): Verdict {
  if (status === 200 || status === 206) return { kind: 'ok' }
  const type = `http_${status}` as const
  const told = readBucketError(body)?.code
  const reason = `the archive answered ${status}${told === undefined ? '' : ` (${told})`}`
  if (status === 404) return { kind: 'refuse', type, reason }
  if (status === 429 || status === 503) {
    const forMs = readRetryAfter(headers)
    if (forMs !== undefined) return { kind: 'pause', type, reason, forMs }
  }
  if (status === 451)
    return {
      kind: 'block',
      type,
      reason: `${reason}: it does not serve this location (try a proxy elsewhere)`,
    }
  return { kind: 'retry', type, reason }
}
