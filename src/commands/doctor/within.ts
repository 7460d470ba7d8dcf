/** Rejects with the signal's reason when that comes first; what is under way then is left to itself. */
export async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise: end, reject } = Promise.withResolvers<never>()
  const onAbort = (): void => reject(signal.reason)
  work.catch(() => {})
  signal.throwIfAborted()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, end])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
