import { errorTypeTable } from './error-types.ts'
import { MODEL } from './model.ts'
import { exitTable, renderReference } from './reference.ts'

interface Page {
  /** From the root of the project. */
  readonly path: string
  /** The whole page, of what it was. */
  readonly render: (text: string) => string
}

/** What stands between `<!-- name -->` and `<!-- /name -->`, made anew. */
export function fillIn(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`there is no ${begin} … ${end}`)
  return `${text.slice(0, from + begin.length)}\n${content}\n${text.slice(to)}`
}

/** Every page that is made of the code, or has a part that is. */
export const PAGES: readonly Page[] = [
  { path: 'docs/reference.md', render: () => renderReference(MODEL) },
  {
    path: 'docs/troubleshooting.md',
    render: (text) => fillIn(text, 'error types', errorTypeTable()),
  },
  { path: 'README.md', render: (text) => fillIn(text, 'exit codes', exitTable()) },
]
