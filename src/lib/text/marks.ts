/** Marks of a screen that not every terminal and font has. */
export interface Marks {
  readonly whole: string
}

const UTF8 = /utf-?8/i

/** Plain letters for a terminal that is dumb, or whose locale has no more than them. */
export function createMarks(
  environment: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): Marks {
  const { TERM, LC_ALL, LC_CTYPE, LANG } = environment
  // The first of them that is set decides, as in libc; Windows has none of them.
  const locale = LC_ALL || LC_CTYPE || LANG || ''
  const hasSigns = TERM !== 'dumb' && (platform === 'win32' || UTF8.test(locale))
  return { whole: hasSigns ? '✓' : 'ok' }
}
