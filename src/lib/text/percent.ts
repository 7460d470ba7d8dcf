const ESCAPES = /(?:%[0-9a-f]{2})+/gi

/** Percent escapes undone; a `%` that is none, or that stands for no text, is taken as it is written. */
export const decodePercent = (text: string): string =>
  text.replace(ESCAPES, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })
