import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/** A name service that says nothing for so long is not waited for. */
const PATIENCE = 3_000

interface Address {
  readonly address: string
  readonly family: number
}

/** The address of a host; undefined where its name cannot be resolved in time. An address is its own. */
export async function findAddress(host: string): Promise<Address | undefined> {
  const name = host.replace(/^\[(.*)\]$/, '$1')
  const timer = new AbortController()
  try {
    return await Promise.race([
      lookup(name),
      delay(PATIENCE, undefined, { signal: timer.signal, ref: false }).catch(() => undefined),
    ])
  } catch {
    return undefined
  } finally {
    timer.abort()
  }
}

/** The local address from which this machine reaches another one. Nothing is sent. */
export async function findLocalAddress({ address, family }: Address): Promise<string | undefined> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
  try {
    socket.connect(443, address)
    await once(socket, 'connect')
    return socket.address().address
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}
