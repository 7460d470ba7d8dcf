import { describe, expect, it } from 'vitest'
import { code, plain, table } from '../../bin/docs/markdown.ts'
import { fillIn, PAGES } from '../../bin/docs/pages.ts'
import { readDocument } from '../helpers/documents.ts'

describe('a document that is made of the code', () => {
  it.each(PAGES.map(({ path, render }) => [path, render] as const))(
    '%s is fresh: else npm run docs',
    (path, render) => {
      const text = readDocument(path)
      expect(render(text)).toBe(text)
    },
  )

  it('keeps what stands outside of its marks', () => {
    expect(fillIn('a\n<!-- x -->\nold\n<!-- /x -->\nb', 'x', 'new')).toBe(
      'a\n<!-- x -->\nnew\n<!-- /x -->\nb',
    )
    expect(() => fillIn('a', 'x', 'new')).toThrow('there is no <!-- x --> … <!-- /x -->')
  })
})

describe('text as Markdown', () => {
  it('has flags and variables as code, commands as they stand, and no markup by chance', () => {
    expect(plain('with --sim: see `perpctl a|b`, not <this> a*b or PERPCTL_SIM_DATA')).toBe(
      'with `--sim`: see `perpctl a|b`, not \\<this\\> a\\*b or `PERPCTL_SIM_DATA`',
    )
    expect(code('--symbols=A,B|all')).toBe('`--symbols=A,B\\|all`')
  })

  it('is a table', () => {
    expect(table(['a', 'b'], [['1', '2']])).toBe('| a | b |\n| --- | --- |\n| 1 | 2 |')
  })
})
