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

/** Once all are over, so that nobody closes what another one still uses; throws the first failure. */
export async function settleAll<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  await Promise.allSettled(work)
  return await Promise.all(work)
}
