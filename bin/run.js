#!/bin/sh
':' //; self=$(readlink -f "$0" 2>/dev/null || echo "$0"); node="$(dirname "$self")/../node_modules/.bin/node"; [ -x "$node" ] || node=node; case "$1" in stream) young=4;; *) young=8;; esac; exec "$node" --disable-warning=ExperimentalWarning --max-semi-space-size="$young" "$self" "$@"
// The line above is shell to sh and an empty statement to Node: a checkout brings its own pinned Node, and
// `exec` keeps the process id, so that a signal sent to perpctl reaches perpctl and not a wrapper. V8 would take 64 MB for
// young objects where there is much memory; here they die so young that 8 (a stream) or 16 do the same work in the same time.
import module from 'node:module'
import { fileURLToPath } from 'node:url'

const { enableCompileCache } = module
var major = Number(process.versions.node.split('.')[0])
if (major < 24) {
  console.error(
    'perpctl needs Node 24 or newer, this is ' +
      process.version +
      '. Install a newer Node; in a checkout, `npm start -- --help` brings its own.',
  )
  process.exit(4)
}

// What V8 has compiled once is kept beside the program, where that can be written.
enableCompileCache?.(fileURLToPath(new URL('../dist/.compiled', import.meta.url)))

// `void`, not `await`: with await, `perpctl errors | head` would end with exit code 13.
void Promise.all([import('../dist/main.cjs'), import('../package.json', { with: { type: 'json' } })]).then(
  ([main, program]) => main.main(process.argv.slice(2), program.default),
  (error) => {
    const isUnbuilt = error.code === 'ERR_MODULE_NOT_FOUND' && /dist.main\.cjs/.test(error.message)
    console.error(isUnbuilt ? 'perpctl is not built yet: run `npm start -- --help` once.' : error)
    process.exitCode = isUnbuilt ? 4 : 1
  },
)
