import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { exists } from './files.ts'
import type { Layout } from './layout.ts'

/** The wanted port if it is free, otherwise any free one of the loopback interface. */
export async function chooseFreePort(wanted: number): Promise<number> {
  const server = createServer()
  try {
    server.listen({ port: wanted, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  } catch (error) {
    if (wanted === 0) throw error
    return await chooseFreePort(0)
  } finally {
    server.close()
  }
}

/** 0 when there is none yet. */
export async function readLastPort(layout: Layout): Promise<number> {
  if (!(await exists(layout.portFile))) return 0
  const port = Number(await readFile(layout.portFile, 'utf8'))
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : 0
}
