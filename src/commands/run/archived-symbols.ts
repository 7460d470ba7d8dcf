import { UsageError } from '../../lib/errors.ts'
import type { RunContext } from './open-run.ts'

/** Means every symbol that the archive or the list has, or ever had. */
const EVER = 'ever'

const isEver = (name: string): boolean => name.toLowerCase() === EVER

/**
 * What the archive of a venue has of names: those that its list does not have (any more) among them. Without `ever` in
 * `names` it is only asked where something in them is unknown to the list.
 *
 * @throws UsageError for `ever` without the archive, which alone knows what that means
 */
export async function findArchived(
  { venue, session, signal }: RunContext,
  names: readonly string[],
  { usesArchive, isListed }: { readonly usesArchive: boolean; isListed(name: string): boolean },
): Promise<ReadonlySet<string>> {
  const { archive } = venue
  if (!usesArchive || !archive) {
    if (!names.some(isEver)) return new Set()
    throw new UsageError('--symbols ever: only the archive knows what there has ever been', {
      hint: 'add --source auto or --source archive',
    })
  }
  if (!names.some((name) => isEver(name) || !isListed(name))) return new Set()
  const found = new Set<string>()
  let after: string | undefined
  do {
    const { value } = await session.clientOf(archive).fetch(archive.symbols(after), signal)
    for (const symbol of value.symbols) found.add(symbol)
    after = value.next
  } while (after !== undefined)
  return found
}

/** `ever` written out: all that is tradable, and all that the archive has. */
export const writeOutEver = (names: readonly string[], archived: ReadonlySet<string>): string[] =>
  names.some(isEver) ? [...names.filter((name) => !isEver(name)), 'all', ...archived] : [...names]
