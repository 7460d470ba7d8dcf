import type { RunEventBus } from '../events.ts'
import { openPlainDisplay } from './plain-display.ts'
import type { ListDisplayOptions } from './run-list.ts'
import type { RunSubscriber } from './subscriber.ts'

/**
 * A list on a terminal, plain lines anywhere else, and where the terminal can do nothing but print (`TERM=dumb`). listr2 is
 * loaded only where it draws.
 */
export async function openDisplay(
  bus: RunEventBus,
  options: ListDisplayOptions,
  terminal: string | undefined,
): Promise<RunSubscriber> {
  if (options.stream.isTTY !== true || terminal === 'dumb') return openPlainDisplay(bus, options)
  const { openListDisplay } = await import('./list-display.ts')
  return openListDisplay(bus, options)
}
