import { RunEventBus, type RunEventName } from '../events.ts'

/** What of a repair is worth the attention of those who watch a stream: not its plans, and not each of its jobs. */
const PASSED_ON = [
  'page:fetched',
  'batch:written',
  'job:retry',
  'lane:wait',
  'lane:state',
  'db:wait',
  'failure',
] as const satisfies readonly RunEventName[]

/** Events of a part of a run that nobody has to see begin and end. */
export function createQuietEvents(events: RunEventBus): RunEventBus {
  const quiet = new RunEventBus()
  const passOn = <Name extends (typeof PASSED_ON)[number]>(name: Name): void => {
    quiet.on(name, (payload) => events.emit(name, payload))
  }
  for (const name of PASSED_ON) passOn(name)
  return quiet
}
