#!/bin/sh
# Lint, types, tests: what `npm test` and CI run, in the order of the quickest answer.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
biome check . >&2
tsc -p tsconfig.json >&2
exec vitest run "$@"
