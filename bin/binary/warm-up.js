// Runs the bundled program as far as every command goes, and writes down what has been compiled by then.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { runBundle } from './run-bundle.js'

const [source, output, programFile] = process.argv.slice(2)
const { script, runCommandLine } = runBundle(readFileSync(source), createRequire(import.meta.url))
const program = JSON.parse(readFileSync(programFile, 'utf8'))
await runCommandLine(['--help'], program)
// As far as it goes without a socket, whose events come in an order of their own: this port is none.
await runCommandLine(['status', '--json', '--database-url', 'postgresql://localhost:99999/none'], program)
writeFileSync(output, script.createCachedData())
process.exit(0)
