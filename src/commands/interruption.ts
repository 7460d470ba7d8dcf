/** The first signal asks for an orderly end through `signal`, the second one leaves at once. */
export interface Interruption {
  readonly signal: AbortSignal
  /** 130 for SIGINT, 143 for SIGTERM; undefined until one came. */
  readonly exitCode: number | undefined
  stop(): void
}

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const

export function listenForSignals(): Interruption {
  const controller = new AbortController()
  let exitCode: number | undefined
  const onSignal = (name: keyof typeof EXIT_CODES): void => {
    if (exitCode !== undefined) process.exit(exitCode)
    exitCode = EXIT_CODES[name]
    controller.abort(new DOMException(`interrupted by ${name}`, 'AbortError'))
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    stop() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
