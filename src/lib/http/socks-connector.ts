import type { Socket } from 'node:net'
import { buildConnector } from 'undici'
import { ProxyError } from './proxy-trouble.ts'

/**
 * Connections to a SOCKS proxy. Undici waits for its own time-out where the proxy hangs up in the middle of their talk,
 * and does not say whose fault a broken connection is: until the talk is over, this does.
 */
export function createSocksConnector(timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout })
  return (options, callback) => {
    const hostname = options.hostname.replace(/^\[(.*)\]$/, '$1')
    connect({ ...options, hostname, host: hostname }, (...[error, socket]) => {
      if (error) return callback(new ProxyError(error), null)
      blameProxy(socket)
      callback(null, socket)
    })
  }
}

function blameProxy(socket: Socket): void {
  const onEnd = (): void => void socket.destroy(new ProxyError())
  const onError = (error: Error): void => {
    if (!(error instanceof ProxyError)) error.cause ??= new ProxyError(error.message)
  }
  socket.once('end', onEnd)
  socket.once('error', onError)
  socket.on('removeListener', function onRemove(event) {
    // The talk is over when nobody reads its answers any more.
    if (event !== 'data') return
    socket.off('removeListener', onRemove)
    socket.off('end', onEnd)
    socket.off('error', onError)
  })
}
