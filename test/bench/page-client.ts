import { connect, type Socket } from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'

/** Asks pages over raw sockets as fast as they come, so that the client costs next to nothing; runs in a worker. */
interface Order {
  readonly port: number
  readonly paths: readonly string[]
  readonly sockets: number
}

const HEADER_END = Buffer.from('\r\n\r\n')

function readLength(head: string): number {
  const match = /content-length: (\d+)/i.exec(head)
  if (!head.startsWith('HTTP/1.1 200') || !match) throw new Error(`unexpected answer: ${head.slice(0, 200)}`)
  return Number(match[1])
}

/** Resolves with the bytes received when `next` has no more paths. */
function drain(socket: Socket, next: () => string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0
    let left = 0
    const ask = (): void => {
      const path = next()
      if (path === undefined) socket.end(() => resolve(bytes))
      else socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
    }
    socket.on('error', reject)
    socket.on('connect', ask)
    socket.on('data', (part: Buffer) => {
      bytes += part.byteLength
      if (left === 0) {
        const end = part.indexOf(HEADER_END)
        if (end < 0) return reject(new Error('the header came in pieces'))
        left = readLength(part.toString('latin1', 0, end)) - (part.byteLength - end - HEADER_END.byteLength)
      } else left -= part.byteLength
      if (left === 0) ask()
    })
  })
}

const { port, paths, sockets }: Order = workerData
const queue = paths.values()
const begin = performance.now()
const received = await Promise.all(
  Array.from({ length: sockets }, () => drain(connect(port, '127.0.0.1'), () => queue.next().value)),
)
parentPort?.postMessage({
  seconds: (performance.now() - begin) / 1_000,
  bytes: received.reduce((sum, bytes) => sum + bytes, 0),
})
