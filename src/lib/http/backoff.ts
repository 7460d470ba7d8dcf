/** Full jitter: anything from 0 to the doubled base, so that many failing at once do not come back at once. */
export function jitteredBackoff(
  attempt: number,
  baseMs: number,
  capMs: number,
  random: () => number = Math.random,
): number {
  return random() * Math.min(capMs, baseMs * 2 ** (attempt - 1))
}
