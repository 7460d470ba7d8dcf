const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const
const STEP = 1_000

/** `532` → `532 bytes`, `48123456789` → `48.1 GB`. */
export function formatBytes(bytes: number): string {
  let [value, at] = [bytes, 0]
  for (; value >= STEP && at < UNITS.length - 1; at += 1) value /= STEP
  return `${at === 0 ? value : value.toFixed(value < 100 ? 1 : 0)} ${UNITS[at]}`
}
