// Where a single executable begins: the same as bin/run.js, with everything inside.
import program from '../../package.json'
import { main } from '../../src/main.ts'

void main(process.argv.slice(2), program)
