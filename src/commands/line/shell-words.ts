/** What no shell takes for anything but itself. */
const PLAIN = /^[\w@%+=:,./-]+$/

/** One word of a line for a shell. */
export const quoteWord = (text: string): string =>
  PLAIN.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`

export const quoteWords = (words: readonly string[]): string => words.map(quoteWord).join(' ')
