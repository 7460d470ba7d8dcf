import type { Doubtful } from '../../db/doubts.ts'
import { formatCount } from '../../lib/text/numbers.ts'
import type { Paint } from '../../lib/text/paint.ts'
import { formatWindow } from '../../lib/text/times.ts'
import { wrapToWidth } from '../../lib/text/width.ts'

export interface Doubts {
  readonly unproven: readonly Doubtful[]
  readonly suspects: readonly Doubtful[]
}

const SHOWN = 5

/** What is not believed yet, and what was believed too easily: nothing where there is neither. */
export function formatDoubts(
  { unproven, suspects }: Doubts,
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string[] {
  return [
    ...list('unproven: without a row in one answer; the next backfill asks again', unproven, {
      width,
      paint,
    }),
    ...list(
      'absent on little evidence, or on answers of one moment; a backfill with --retry-absent asks again',
      suspects,
      { width, paint },
    ),
  ]
}

function list(
  title: string,
  stretches: readonly Doubtful[],
  { width, paint }: { readonly width: number | undefined; readonly paint: Paint },
): string[] {
  if (stretches.length === 0) return []
  const lines = stretches
    .slice(0, SHOWN)
    .map(({ symbol, dataset, ...window }) => `  ${symbol} ${dataset} ${formatWindow(window)}`)
  const more = stretches.length - lines.length
  const heading = width === undefined ? [title] : wrapToWidth(title, width)
  return [
    '',
    ...heading.map(paint.stopped),
    ...lines,
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
  ]
}
