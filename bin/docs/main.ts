import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { inRoot } from '../binary/paths.ts'
import { PAGES } from './pages.ts'

/** `npm run docs`: writes what is made of the code, where it is not fresh. */
for (const { path, render } of PAGES) {
  const file = inRoot(path)
  const before = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const after = render(before)
  if (after === before) continue
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, after)
  process.stderr.write(`perpctl: wrote ${path}\n`)
}
