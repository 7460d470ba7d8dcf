import { DAY, HOUR, MINUTE, SECOND } from '../model/window.ts'

const twoDigits = (value: number): string => String(value).padStart(2, '0')

/** `350` → `0s`, `192000` → `3m 12s`, `7500000` → `2h 05m`, `273600000` → `3d 04h`; negative counts as zero. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '?'
  const left = Math.max(0, ms)
  if (left < MINUTE) return `${Math.floor(left / SECOND)}s`
  if (left < HOUR) return `${Math.floor(left / MINUTE)}m ${twoDigits(Math.floor((left % MINUTE) / SECOND))}s`
  if (left < DAY) return `${Math.floor(left / HOUR)}h ${twoDigits(Math.floor((left % HOUR) / MINUTE))}m`
  return `${Math.floor(left / DAY)}d ${twoDigits(Math.floor((left % DAY) / HOUR))}h`
}

/** The largest whole unit alone: `42s`, `12m`, `2h`, `3d`. */
export function formatShortDuration(ms: number): string {
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)}s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`
  return ms < DAY ? `${Math.floor(ms / HOUR)}h` : `${Math.floor(ms / DAY)}d`
}
