const THOUSANDS = /\B(?=(?:\d{3})+$)/g

/** `1204332` → `1,204,332`; the same in every locale. Not with Intl, which takes longer to load than all of a status. */
export const formatCount = (value: number): string => Math.round(value).toString().replace(THOUSANDS, ',')

/** `(3, 'symbol')` → `3 symbols`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 || noun === 'series' ? '' : 's'}`
}

/** A fraction as whole percent, rounded down: 100 % is never shown before all is done. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100 + 1e-9)} %`
}

const STEPS = [
  ['M', 1_000_000],
  ['k', 1_000],
] as const

/** `(999)` → `999`, `1204` → `1.2k`, `417960` → `417k`, `1204332` → `1.2M`: rounded down. */
export function formatShortCount(value: number): string {
  for (const [unit, step] of STEPS) {
    if (value < step) continue
    const most = value / step
    return `${most < 10 ? Math.floor(most * 10) / 10 : Math.floor(most)}${unit}`
  }
  return String(Math.round(value))
}
