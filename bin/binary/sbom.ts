import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Metafile } from 'esbuild'
import { listPackages } from './contents.ts'
import { inRoot } from './paths.ts'
import { run } from './run.ts'
import { NODE_VERSION, type Target } from './targets.ts'

interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
}

interface Bom {
  readonly metadata: { readonly component: Component; readonly lifecycles: unknown; readonly tools: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** Of everything that is installed: leaving out development here also leaves out what both use. */
const NPM_SBOM = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application']

/** What is in an executable, in CycloneDX: npm's own bill, without what is not bundled, with what is no dependency. */
export function makeSbom(metafile: Metafile, target: Target, postgresVersion: string): string {
  const bom: Bom = JSON.parse(run('npm', NPM_SBOM))
  const inside = new Set(listPackages(metafile).map(({ name, version }) => `${name}@${version}`))
  const packed = `${target.postgres}@${postgresVersion}`
  const natives = listNatives(postgresVersion)
  const found = new Map(bom.components.map((each) => [`${each.name}@${each.version}`, each]))
  const components = [...[...inside, packed].map((id) => found.get(id) ?? fail(id)), ...natives]
  const refs = new Set(components.map((each) => each['bom-ref']))
  const root = { ...bom.metadata.component, name: 'perpctl' }
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref) || ref === root['bom-ref'])
    .map(({ ref, dependsOn }) => ({
      ref,
      dependsOn: [
        ...dependsOn.filter((each) => refs.has(each)),
        ...(ref === root['bom-ref'] ? natives.map((each) => each['bom-ref']) : []),
      ],
    }))
  const { lifecycles, tools } = bom.metadata
  // Neither a time nor a random number: the same input makes the same bill.
  const body = { metadata: { lifecycles, tools, component: root }, components, dependencies }
  const serial = uuidOf(JSON.stringify(body))
  const head = { bomFormat: 'CycloneDX', specVersion: '1.5', serialNumber: `urn:uuid:${serial}`, version: 1 }
  return `${JSON.stringify({ ...head, ...body }, null, 2)}\n`
}

function fail(id: string): never {
  throw new Error(`${id} is in the executable, but not in npm's bill of materials`)
}

function listNatives(postgresVersion: string) {
  const [postgres = ''] = postgresVersion.split('-')
  const texts = readFileSync(inRoot('bin', 'binary', 'postgres-licenses.txt'), 'utf8')
  const libraries = [...texts.matchAll(/^--- (.+) \((.+)\)$/gm)].map(([, title = '', license = '']) => {
    const [, name = title, version] = /^(.*?)(?: (\d[\d.]*))?(?:,.*)?$/.exec(title) ?? []
    return toComponent(name, name === 'PostgreSQL' ? postgres : version, license)
  })
  return [toComponent('node', NODE_VERSION, 'MIT'), ...libraries]
}

function toComponent(name: string, version: string | undefined, license: string) {
  const slug = name.toLowerCase().replaceAll(' ', '-')
  return {
    'bom-ref': `native/${slug}`,
    type: 'library',
    name: slug,
    ...(version === undefined ? {} : { version, purl: `pkg:generic/${slug}@${version}` }),
    licenses: [{ license: { name: license } }],
  }
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
