import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { makeExecutable } from './executable.ts'
import { CACHE, inRoot } from './paths.ts'
import { HOST, TARGETS, type Target } from './targets.ts'

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function fail(message: string): never {
  process.stderr.write(`perpctl: ${message}\n`)
  process.exit(2)
}

function chooseTarget(name: string): Target {
  const target = TARGETS.find((known) => known.name === name)
  if (!target) fail(`no executable for ${name}; known are ${TARGETS.map((known) => known.name).join(', ')}`)
  if (name !== HOST && target.onlyThere) fail(`${name} cannot be made on ${HOST}: ${target.onlyThere}`)
  return target
}

const { values } = parseArgs({
  options: { target: { type: 'string', default: HOST }, output: { type: 'string' } },
})
const target = chooseTarget(values.target)
const name = `perpctl${target.name === HOST ? '' : `-${target.name}`}${target.suffix}`
const output = values.output ?? inRoot('dist', name)
const { path, parts } = await makeExecutable(target, output, `${CACHE}/${target.name}`)
const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
// As `sha256sum --check` reads it.
writeFileSync(`${path}.sha256`, `${sha256}  ${basename(path)}\n`)
const of = Object.entries(parts).map(([part, size]) => `${part} ${megabytes(size)}`)
process.stderr.write(`perpctl: made ${path}, ${megabytes(statSync(path).size)} (${of.join(', ')})\n`)
