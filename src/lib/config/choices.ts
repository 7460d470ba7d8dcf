/** The words that a setting may take: what the schemas accept, help shows and completion offers. */

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Where rows come from: the API, its bulk archive and then the API where that is quicker, or the archive alone. */
export const SOURCES = ['rest', 'auto', 'archive'] as const

/** How taker volume is made. */
export const TV_METHODS = ['weighted', 'exact'] as const

/** What `backfill all` is made of. */
export const PART_NAMES = ['ohlcv', 'prices', 'oi-lsr', 'lq', 'rsi-tv'] as const
export type PartName = (typeof PART_NAMES)[number]

/** Shells that `completion` writes a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** `error, warn, info or debug`. */
export const orWords = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
