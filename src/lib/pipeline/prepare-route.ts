import { OddEntries } from '../http/odd-entries.ts'
import type { Route } from '../venue/route.ts'
import type { PageNeeds } from './fetch-page.ts'

/** Asks what an interface has to tell before it can be asked for anything else. */
export async function prepareRoute(
  route: Route,
  { clientOf, events, signal }: Pick<PageNeeds, 'clientOf' | 'events' | 'signal'>,
): Promise<void> {
  if (!route.prepare) return
  const { value } = await clientOf(route).fetch(route.prepare, signal)
  new OddEntries(events).tell(value)
}
