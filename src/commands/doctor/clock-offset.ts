/** A clock that is off by more is worth a warning, in milliseconds. */
export const CLOCK_TOLERANCE = 2_000

const SAME = 5

/** `the same as`, `0.03 s ahead of`, `125 s behind`: to be followed by what the other clock is. */
export function describeOffset(offsetMs: number): string {
  if (Math.abs(offsetMs) < SAME) return 'the same as'
  const seconds = Math.abs(offsetMs) / 1_000
  const text = seconds < 10 ? seconds.toFixed(2) : String(Math.round(seconds))
  return `${text} s ${offsetMs < 0 ? 'behind' : 'ahead of'}`
}
