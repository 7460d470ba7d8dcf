/** No limit is documented; so many a minute are polite. */
export const FILES = 'archive-files'
export const FILES_PER_MINUTE = 3_000
