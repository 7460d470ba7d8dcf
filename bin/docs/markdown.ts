/** Text as Markdown shows it: a flag, a variable or a file in it is code, and nothing in it is markup. */
export const plain = (text: string): string =>
  text.replace(/`[^`]*`|[^`]+/g, (part) => (part.startsWith('`') ? part : escapePlain(part)))

const CODE =
  /(?<![\w/-])(?:--(?:\[no-\])?[a-z][a-z-]*|PERPCTL_[A-Z_]+|DATABASE_URL|COINALYZE_KEY|NO_COLOR)(?![\w-])/g
const MARKUP = /[\\*_<>[\]|]/g

/** What lies between words that are code. */
function escapePlain(text: string): string {
  const words = text.match(CODE) ?? []
  const others = text.split(CODE).map((part) => part.replace(MARKUP, '\\$&'))
  return others.map((part, at) => part + (words[at] === undefined ? '' : code(words[at]))).join('')
}

/** Of one line; in a table a bar would end the cell. */
export const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``

/** A table with a heading; cells are Markdown already. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

/** A block of a shell's lines. */
export const shell = (lines: readonly string[]): string => ['```sh', ...lines, '```'].join('\n')
