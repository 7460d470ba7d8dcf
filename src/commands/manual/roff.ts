/** Text as roff reads it: nothing in it is taken for an escape, a request or a ligature of dashes. */
export function escapeRoff(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('"', '\\(dq')
    .replace(/[^\u0020-\u007e\n]/gu, (char) => {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
      return `\\[u${code}]`
    })
  return escaped.replace(/^\./gm, '\\&.')
}

export const bold = (text: string): string => `\\fB${escapeRoff(text)}\\fR`
export const italic = (text: string): string => `\\fI${escapeRoff(text)}\\fR`

export const section = (title: string): string => `.SH ${escapeRoff(title.toUpperCase())}`
export const subsection = (title: string): string => `.SS ${escapeRoff(title)}`

/** A paragraph with a label that hangs out of it. Both are roff already. */
export const tagged = (label: string, text: string): string => `.TP\n${label}\n${text}`

export const PARAGRAPH = '\n.PP\n'

/** Paragraphs that an empty line parts. */
export const prose = (text: string): string =>
  text
    .split(/\n{2,}/)
    .map((paragraph) => escapeRoff(paragraph.trim()))
    .join(PARAGRAPH)

/** Lines as they stand, indented. */
export const verbatim = (lines: readonly string[]): string =>
  ['.RS 4', '.nf', ...lines.map(escapeRoff), '.fi', '.RE'].join('\n')
