/** In single quotes where a shell of the Bourne family needs it. */
export const quotePosix = (text: string): string =>
  /^[\w./:@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`

/** Always in single quotes, as fish reads them. */
export const quoteFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

const WIDTH = 100

/** `head`, the words and `tail`, on as many lines as they need; each but the last ends with `separator`. */
export function wrapWords(head: string, words: readonly string[], tail: string, separator = ''): string {
  const indent = ' '.repeat(head.length - head.trimStart().length + (head.trim() === '' ? 0 : 2))
  const lines = [head]
  for (const [at, word] of words.entries()) {
    const line = lines.at(-1) ?? ''
    const piece = `${word}${at === words.length - 1 ? tail : separator}`
    const isFirst = line === head
    const longer = isFirst ? `${line}${piece}` : `${line} ${piece}`
    if (isFirst || longer.length <= WIDTH) lines[lines.length - 1] = longer
    else lines.push(`${indent}${piece}`)
  }
  return words.length === 0 ? `${head}${tail}` : lines.join('\n')
}
