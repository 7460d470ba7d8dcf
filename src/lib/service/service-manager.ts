/** How systemd wants to hear of a service that it has started (`Type=notify`). */
export interface ServiceManager {
  /** The socket that it listens on, as told in `NOTIFY_SOCKET`. */
  readonly socket: string
  /** Milliseconds without a sign of life after which it ends the service; undefined without a watchdog. */
  readonly watchdogMs: number | undefined
}

/**
 * What `environment` says of the service manager, taken out of it: a child that inherits it (the simulated venue) would
 * speak in our name. Undefined where nobody listens.
 */
export function takeServiceManager(
  environment: NodeJS.ProcessEnv,
  pid: number = process.pid,
): ServiceManager | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: interval, WATCHDOG_PID: watched } = environment
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete environment[name]
  if (!socket) return undefined
  const watchdogMs = Number(interval) / 1_000
  // The watchdog may be meant for another process of the same unit.
  const isOurs = watched === undefined || Number(watched) === pid
  return { socket, watchdogMs: isOurs && watchdogMs > 0 ? watchdogMs : undefined }
}
