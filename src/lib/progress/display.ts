import type { RunEventBus } from '../events.ts'
import { openPlainDisplay } from './plain-display.ts'
import type { ListDisplayOptions } from './run-list.ts'
import type { RunSubscriber } from './subscriber.ts'

/** A list on a terminal, plain lines anywhere else. listr2 is loaded only where it draws. */
export async function openDisplay(bus: RunEventBus, options: ListDisplayOptions): Promise<RunSubscriber> {
  if (options.stream.isTTY !== true) return openPlainDisplay(bus, options)
  const { openListDisplay } = await import('./list-display.ts')
  return openListDisplay(bus, options)
}
