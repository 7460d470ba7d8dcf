#!/bin/sh
# To import nock is enough: without any interceptor, and with nobody at the port, undici's connector is told that the
# connection was made, and the refusal comes later as an error of the request. So whatever is done where a connection
# fails (another way, another error) is never reached in a test that imports nock, in any other file of the same process
# neither, until nock.restore(). One would expect that what nock does not intercept goes as if it was not there.
# Seen with nock 15.0.6 and undici 8.12.4: "failed" without nock, "made" with it, "failed" after nock.restore().
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# undici 8 needs a newer Node than a machine may have.
npm install --silent --no-audit --no-fund node@26.10.0 nock@15.0.6 undici@8.12.4
cat >try.mjs <<'END'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { Agent, buildConnector, request } from 'undici'

const versionOf = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version
// A port that was just given back: nobody listens there.
const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const { port } = server.address()
await new Promise((resolve) => server.close(resolve))

async function tell(name) {
  let told = 'nothing'
  const connector = buildConnector({})
  const dispatcher = new Agent({
    connect: (options, callback) =>
      connector(options, (error, socket) => {
        told = error ? 'failed' : 'made'
        callback(error, socket)
      }),
  })
  const code = await request(`http://127.0.0.1:${port}/`, { dispatcher }).then(
    () => 'an answer',
    (error) => error.code,
  )
  console.log(`undici ${versionOf('undici')}, ${name}: the connection was ${told}, the request ended with ${code}`)
  await dispatcher.destroy()
  return `${told} ${code}`
}

const before = await tell('without nock')
const { default: nock } = await import('nock')
const during = await tell(`nock ${versionOf('nock')} imported`)
nock.restore()
const after = await tell('after nock.restore()')
const seen = [before, during, after].join(', ')
if (seen !== 'failed ECONNREFUSED, made ECONNREFUSED, failed ECONNREFUSED') {
  console.error('the behaviour has changed')
  process.exit(1)
}
process.exit(0)
END
node_modules/.bin/node try.mjs
