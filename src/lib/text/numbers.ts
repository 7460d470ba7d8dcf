const THOUSANDS = /\B(?=(?:\d{3})+$)/g

/** `1204332` → `1,204,332`; the same in every locale. Not with Intl, which takes longer to load than all of a status. */
export const formatCount = (value: number): string => Math.round(value).toString().replace(THOUSANDS, ',')

/** `(3, 'symbol')` → `3 symbols`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** A fraction as whole percent, rounded down: 100 % is never shown before all is done. */
export function formatPercent(fraction: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100 + 1e-9)} %`
}
