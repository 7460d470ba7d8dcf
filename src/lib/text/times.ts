import type { Window } from '../model/window.ts'

/** `2026-02-01 13:52:44 UTC`. */
export function formatUtc(ts: number): string {
  return `${new Date(ts).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** `2026-02-01 13:52`, for columns whose heading says UTC. */
export function formatMinute(ts: number): string {
  return new Date(ts).toISOString().slice(0, 16).replace('T', ' ')
}

/** `2026-02-01 13:52 – 14:10`; the second day is named only where it is another one. The end is exclusive. */
export function formatWindow({ from, to }: Window): string {
  const [start, end] = [formatMinute(from), formatMinute(to)]
  return `${start} – ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : end}`
}
