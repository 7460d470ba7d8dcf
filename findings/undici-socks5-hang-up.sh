#!/bin/sh
# A SOCKS5 proxy that closes the connection in the middle of the talk is not noticed by undici's Socks5ProxyAgent: the
# request waits for `connectTimeout` (here 3 s, 5 s by default, whatever the proxy does) and then fails as a time-out of the
# connection, UND_ERR_CONNECT_TIMEOUT. One would expect an error at once, as an HTTP proxy (ProxyAgent) that hangs up gives.
# Seen with undici 8.12.4: SOCKS5 ~3000 ms UND_ERR_CONNECT_TIMEOUT, HTTP < 1000 ms UND_ERR_PRX_CONN.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
# undici 8 needs a newer Node than a machine may have.
npm install --silent --no-audit --no-fund node@26.10.0 undici@8.12.4
cat >try.mjs <<'END'
import { createServer } from 'node:net'
import { createRequire } from 'node:module'
import { ProxyAgent, request, Socks5ProxyAgent } from 'undici'

const { version } = createRequire(import.meta.url)('undici/package.json')
// Takes the connection, hears the first message, and leaves.
const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.end()))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const host = `127.0.0.1:${server.address().port}`

async function tell(name, dispatcher) {
  const startedAt = performance.now()
  const code = await request('http://venue.test/', { dispatcher }).then(
    () => 'an answer',
    (error) => error.code,
  )
  const ms = Math.round(performance.now() - startedAt)
  console.log(`undici ${version}: ${name} proxy that hangs up: ${code} after ${ms} ms`)
  await dispatcher.destroy()
  return { code, ms }
}

const socks = await tell('SOCKS5', new Socks5ProxyAgent(`socks5://${host}`, { connectTimeout: 3_000 }))
const http = await tell('HTTP', new ProxyAgent({ uri: `http://${host}`, proxyTunnel: true, connectTimeout: 3_000 }))
server.close()
const isAsSeen =
  socks.code === 'UND_ERR_CONNECT_TIMEOUT' && socks.ms >= 2_900 && http.code === 'UND_ERR_PRX_CONN' && http.ms < 2_000
if (!isAsSeen) {
  console.error('the behaviour has changed')
  process.exit(1)
}
END
node_modules/.bin/node --disable-warning=ExperimentalWarning try.mjs
