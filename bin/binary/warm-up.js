// Runs the bundled program as far as many commands go, and writes down what has been compiled by then.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Script } from 'node:vm'

const [source, output, programFile] = process.argv.slice(2)
const script = new Script(readFileSync(source, 'latin1'), { filename: 'perpctl.cjs' })
const program = { exports: {} }
script.runInThisContext()(program.exports, createRequire(import.meta.url), program)
const { runCommandLine } = program.exports
const told = JSON.parse(readFileSync(programFile, 'utf8'))
await runCommandLine(['--help'], told)
// As far as it goes without a socket, whose events come in an order of their own: this port is none.
await runCommandLine(['status', '--json', '--database-url', 'postgresql://localhost:99999/none'], told)
writeFileSync(output, script.createCachedData())
process.exit(0)
