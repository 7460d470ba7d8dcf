/** Text that is written over several lines as one line a paragraph: help wraps it to the width of the terminal. */
export const paragraphs = (text: string): string =>
  text
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*/g, ' '))
    .join('\n\n')

export const BACKFILL_EXIT_CODES =
  'Exit codes: 0 done, 2 usage, 3 something could not be had (see perpctl errors), 4 configuration, 5 database, 75 venue unavailable, 130/143 interrupted.'
