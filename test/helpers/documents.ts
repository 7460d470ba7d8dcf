import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** By its path from the root of the project. */
export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const listFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .toSorted()

/** Every page of Markdown that the project has. */
export const PAGES: readonly string[] = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...['docs', 'findings'].flatMap(listFolder).filter((name) => name.endsWith('.md')),
]
export const FINDINGS: readonly string[] = listFolder('findings').filter((name) => name.endsWith('.sh'))

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm

/** Blocks of code in a language; `''` are those without one, as output is. */
export const blocksOf = (text: string, language: string): string[] =>
  [...text.matchAll(FENCE)].flatMap(([, of, body = '']) => (of === language ? [body] : []))

/** Paragraphs and items of lists, each in one line; without tables, headings, comments and blocks of code. */
export function paragraphsOf(text: string): string[] {
  const prose = text
    .replace(FENCE, '')
    .split('\n')
    .map((line) => (/^(?:\||#|<!--)/.test(line) ? '' : line))
    .join('\n')
  return prose
    .split(/\n\s*\n|\n(?=\s*(?:[-*]|\d+\.) )/)
    .map((part) => part.trim().replace(/\s*\n\s*/g, ' '))
    .filter((part) => part !== '')
}

/** A link from one page to another, from the root of the project, and the heading that it names. */
export interface Link {
  readonly path: string
  readonly anchor: string | undefined
}

export const linksOf = (page: string, text: string): Link[] =>
  [...text.replace(FENCE, '').matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(
    ([, path = '', anchor]) => ({
      path: path === '' ? page : normalize(join(dirname(page), path)),
      anchor,
    }),
  )

/** As GitHub makes them of headings. */
export const anchorsOf = (text: string): string[] =>
  [...text.replace(FENCE, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )

/** Names of sources in a text, from the root: `src/lib/venue.ts`, also written as `lib/venue.ts`. */
export const sourcesOf = (text: string): string[] =>
  [
    ...text.matchAll(
      /(?<![\w./-])((?:src|test|bin|migrations|lib|db|venues|commands)\/[\w./-]+\.(?:ts|js|sql|sh))\b/g,
    ),
  ]
    .flatMap(([, path = '']) => (path.includes('00N') ? [] : [path]))
    .map((path) => (/^(?:lib|db|venues|commands)\//.test(path) ? `src/${path}` : path))

/** What is typed after `perpctl`, of each command line in a text: its words, without what a shell does with the rest. */
export function commandLinesOf(text: string): string[][] {
  const inProse = [...text.replace(FENCE, '').matchAll(/`perpctl ([^`]+)`/g)].map(([, words = '']) => words)
  const inBlocks = blocksOf(text, 'sh').flatMap((block) =>
    block
      .split('\n')
      .flatMap(
        (line) => /(?:^|[(|;&]\s*|[A-Z_]+=\S+ )perpctl ([a-z].*)$/.exec(line.replace(/^#.*/, ''))?.[1] ?? [],
      ),
  )
  return [...inProse, ...inBlocks].flatMap((line) => {
    const words = line
      .replace(/\s[#>|&;].*$/, '')
      .replace(/"[^"]*"?|'[^']*'/g, 'VALUE')
      .split(/[\s)]+/)
      .filter((word) => word !== '')
    return /^[a-z]/.test(words[0] ?? '') ? [words] : []
  })
}
