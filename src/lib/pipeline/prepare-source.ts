import { OddEntries } from '../http/odd-entries.ts'
import type { Source } from '../venue/venue.ts'
import type { PageNeeds } from './fetch-page.ts'

/** Asks what an interface has to tell before it can be asked for anything else. */
export async function prepareSource(
  source: Source,
  { clientOf, events, signal }: Pick<PageNeeds, 'clientOf' | 'events' | 'signal'>,
): Promise<void> {
  if (!source.prepare) return
  const { value } = await clientOf(source).fetch(source.prepare, signal)
  new OddEntries(events).tell(value)
}
