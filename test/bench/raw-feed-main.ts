import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import { startSimulator } from '../../src/sim/index.ts'
import { RawConnection } from './raw-connection.ts'
import { RawFeed } from './raw-feed.ts'
import { loadOrder } from './raw-load.ts'
import { FUTURE, VENUE } from './raw-venue.ts'

/**
 * A process: a live feed that costs its sender next to nothing. `PUT /load` sends as told and answers how it was read,
 * `GET /sent` tells everything that was sent. Requests for history go to a simulated venue. Ends with its standard input.
 */
const venue = await startSimulator(VENUE)
const future = await startSimulator(FUTURE)
const feed = new RawFeed(venue, future)

async function answer(request: IncomingMessage): Promise<unknown> {
  if (request.method === 'PUT') return feed.load(loadOrder.parse(JSON.parse(await text(request))))
  return feed.sent
}

const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
const server = createServer(async (request, response) => {
  const body = await answer(request).catch((error: unknown) => ({ error: String(error) }))
  response.end(JSON.stringify(body))
})
server.on('upgrade', (request, socket, head) => {
  if (!(socket instanceof Socket)) return socket.destroy()
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    const connection = new RawConnection(webSocket, socket)
    feed.add(connection)
    webSocket.on('close', () => feed.remove(connection))
  })
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the feed has no port')
process.stdout.write(`${JSON.stringify({ restUrl: venue.restUrl, port: address.port })}\n`)

const end = new AbortController()
process.stdin.resume().once('close', () => end.abort())
await feed.run(end.signal)
for (const client of webSockets.clients) client.terminate()
server.close()
server.closeAllConnections()
await Promise.all([venue.close(), future.close()])
