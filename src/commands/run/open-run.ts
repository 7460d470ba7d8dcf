import { randomUUID } from 'node:crypto'
import { PostgresArchiveLedger } from '../../db/archive-ledger.ts'
import { PostgresBudgets } from '../../db/budgets.ts'
import { PostgresCandles } from '../../db/candles.ts'
import { connect } from '../../db/connect.ts'
import { createJournal } from '../../db/journal.ts'
import type { Patience } from '../../db/patience.ts'
import { sessionName } from '../../db/run-sessions.ts'
import { PostgresStore } from '../../db/store.ts'
import { PostgresVolumes } from '../../db/volumes.ts'
import type { RunSettings } from '../../lib/config/settings.ts'
import { ConfigurationError } from '../../lib/errors.ts'
import { RunEventBus } from '../../lib/events.ts'
import { VenueSession } from '../../lib/http/venue-session.ts'
import { listWays } from '../../lib/http/ways.ts'
import { openDisplay } from '../../lib/progress/display.ts'
import { openHeartbeat } from '../../lib/progress/heartbeat.ts'
import { openJournalSubscriber } from '../../lib/progress/journal-subscriber.ts'
import { openLogSubscriber } from '../../lib/progress/log-subscriber.ts'
import type { WaitForAll } from '../../lib/progress/progress-model.ts'
import { RunCounter } from '../../lib/progress/run-counter.ts'
import type { ServiceManager } from '../../lib/service/service-manager.ts'
import { openServiceSubscriber } from '../../lib/service/service-subscriber.ts'
import { systemClock } from '../../lib/time/clock.ts'
import type { Venue } from '../../lib/venue/venue.ts'
import { chooseDatabaseUrl, openDatabase } from '../database.ts'
import { pasteable, tell } from '../output.ts'
import { createSettingsRedactor } from '../redactor.ts'
import { openVenue } from './open-venue.ts'

/** What runs for weeks asks again whether an address is served by now. */
const PASSING_BLOCK = 600_000
/** What ends at once must not wait for a database that is away. */
const LAST_WORDS = 1_500

export interface RunRequest {
  readonly script: string
  readonly version: string
  readonly settings: RunSettings
  readonly signal: AbortSignal
  readonly isColored: boolean
  /** Nothing is to be written. */
  readonly isDryRun?: boolean
  /** What another run has in hand is taken from it. */
  readonly takesOver?: boolean
  /** Of a run without an end: it tells a line so often. */
  readonly heartbeatMs?: number
  /** How fast the time of a simulated venue runs. */
  readonly simRate?: number | undefined
  /** Of a run that a service manager has started: it wants to hear how that is doing. */
  readonly serviceManager?: ServiceManager | undefined
}

/** Everything that one run works with, opened in the order of need and closed in reverse. */
export interface RunContext extends AsyncDisposable {
  readonly executionId: string
  readonly script: string
  readonly signal: AbortSignal
  readonly events: RunEventBus
  readonly counter: RunCounter
  readonly venue: Venue
  readonly session: VenueSession
  /** Where its rows go, and how long it waits when that is away. */
  readonly database: Patience
  readonly store: PostgresStore
  readonly volumes: PostgresVolumes
  readonly candles: PostgresCandles
  readonly ledger: PostgresArchiveLedger
}

type RunPatience = Patience & { readonly run: string }

export async function openRun(request: RunRequest): Promise<RunContext> {
  const { settings, script, signal } = request
  assertWay(settings)
  await using stack = new AsyncDisposableStack()
  const venue = await openVenue(stack, settings, request.simRate)
  const databaseUrl = chooseDatabaseUrl(settings)
  const url = await openDatabase({ home: settings.home, databaseUrl, signal, note: tell }, settings.sim)
  const executionId = randomUUID()
  const events = new RunEventBus((event, error) => tell(`a subscriber of ${event} failed: ${String(error)}`))
  const patience: RunPatience = {
    url,
    run: executionId,
    timeoutMs: settings.dbTimeout,
    signal,
    onWait: (reason, waitedMs) => events.emit('db:wait', { reason, waitedMs }),
  }
  const counter = new RunCounter(events)
  const session = openSession(stack, { ...request, url, venue, events })
  // Closed last: they have to hear and to write down how everything else ended.
  await openSubscribers(stack, events, { ...request, url, executionId, session })
  const stores = openStores(venue.name, patience, request.takesOver ?? false)
  // Together: each may have to wait for a database that is away.
  closeTogether(stack, [session, ...Object.values(stores)])
  const resources = stack.move()
  return {
    executionId,
    script,
    signal,
    events,
    counter,
    venue,
    session,
    database: patience,
    ...stores,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

const openStores = (venue: string, patience: RunPatience, takesOver: boolean) => ({
  store: new PostgresStore(venue, patience, { takesOver }),
  volumes: new PostgresVolumes(venue, patience),
  candles: new PostgresCandles(venue, patience),
  ledger: new PostgresArchiveLedger(venue, patience.run, patience),
})

interface SessionNeeds extends RunRequest {
  readonly url: string
  readonly venue: Venue
  readonly events: RunEventBus
}

function openSession(
  stack: AsyncDisposableStack,
  { settings, isDryRun, heartbeatMs, url, venue, events }: SessionNeeds,
): VenueSession {
  // A dry run writes nothing, and asks little.
  const broker = isDryRun ? undefined : stack.use(new PostgresBudgets({ url, clock: systemClock }))
  return new VenueSession({
    venue,
    events,
    clock: systemClock,
    proxies: settings.proxies,
    usesDirect: settings.direct,
    address: settings.address,
    concurrency: settings.concurrency,
    requestTimeoutMs: settings.requestTimeout,
    outageMs: settings.venueTimeout,
    ...(broker ? { broker } : {}),
    blockMs: heartbeatMs === undefined ? undefined : PASSING_BLOCK,
  })
}

function assertWay({ proxies, direct }: RunSettings): void {
  if (listWays({ proxies, usesDirect: direct }).length > 0) return
  throw new ConfigurationError(
    'there is no way to the venue: no proxy is given, and --no-direct leaves out the own address',
    {
      hint: 'give --proxies or PERPCTL_PROXIES, or leave --no-direct (PERPCTL_DIRECT=false) out',
    },
  )
}

export function closeTogether(stack: AsyncDisposableStack, resources: readonly AsyncDisposable[]): void {
  stack.defer(async () => {
    await Promise.all(resources.map((resource) => resource[Symbol.asyncDispose]()))
  })
}

interface SubscriberNeeds {
  readonly url: string
  readonly executionId: string
  readonly session: VenueSession
}

/** Before whoever works has heard of the signal: it may take a while until all that is in hand is stored. */
function tellStopping(stack: AsyncDisposableStack, events: RunEventBus, signal: AbortSignal): void {
  const tellOnce = (): void => {
    const name = signal.reason instanceof DOMException ? signal.reason.message : ''
    events.emit('run:stopping', { signal: /SIG\w+/.exec(name)?.[0] ?? 'signal' })
  }
  signal.addEventListener('abort', tellOnce, { once: true })
  stack.defer(() => signal.removeEventListener('abort', tellOnce))
}

/** Display, log and journal: none of them is known to what they show. A dry run writes nothing and shows its plan. */
async function openSubscribers(
  stack: AsyncDisposableStack,
  events: RunEventBus,
  {
    settings,
    script,
    version,
    isColored,
    isDryRun,
    heartbeatMs,
    serviceManager: manager,
    ...run
  }: RunRequest & SubscriberNeeds,
): Promise<void> {
  const redactor = createSettingsRedactor(settings, run.url)
  openLogSubscriber(stack, events, { settings, redactor })
  if (isDryRun) return
  const waitForAll: WaitForAll = (costs) => run.session.waitForAll(costs)
  const sql = connect(run.url, { max: 1, applicationName: sessionName('journal', run.executionId) })
  stack.defer(() => sql.end({ timeout: 2 }))
  stack.use(
    openJournalSubscriber(events, {
      journal: createJournal(sql, { executionId: run.executionId, script, version }, redactor),
      venueTime: () => run.session.venueTime,
      waitForAll,
      onLost: tell,
      ...(heartbeatMs === undefined ? {} : { closeTimeoutMs: LAST_WORDS }),
    }),
  )
  const shown = { ...redactor, text: (text: string): string => pasteable(redactor.text(text)) }
  const display = { stream: process.stderr, isColored, redactor: shown, waitForAll }
  stack.use(await openDisplay(events, display, process.env.TERM))
  if (manager) stack.use(openServiceSubscriber(events, { manager, redactor, onBroken: tell }))
  if (heartbeatMs !== undefined) stack.use(openHeartbeat(events, heartbeatMs))
  tellStopping(stack, events, run.signal)
}
