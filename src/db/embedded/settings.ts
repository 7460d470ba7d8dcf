import { statfs } from 'node:fs/promises'

/** The role and the database that the embedded server is made with. */
export const ROLE = 'perpctl'
export const DATABASE = 'perpctl'

/** Written to `postgresql.conf` once, where they may be changed by hand. */
const SETTINGS: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '100',
  shared_buffers: '256MB',
  // Pages come from memory or a solid disk, where one out of order costs hardly more.
  random_page_cost: '1.1',
  // One process loads in bulk: rare checkpoints, and no more in the log of changes than a crash needs.
  max_wal_size: '4GB',
  min_wal_size: '512MB',
  checkpoint_timeout: '15min',
  wal_level: 'minimal',
  max_wal_senders: '0',
  log_checkpoints: 'off',
  jit: 'off',
}

export function initdbArguments(data: string, passwordFile: string): string[] {
  return [
    `--pgdata=${data}`,
    `--username=${ROLE}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...Object.entries(SETTINGS).map(([name, value]) => `--set=${name}=${value}`),
  ]
}

const ENOUGH_SHARED_MEMORY = 512 * 1024 * 1024

/** A container has 64 MB of shared memory unless told otherwise: parallel queries then fail half-way through. */
async function chooseSharedMemory(): Promise<string[]> {
  if (process.platform !== 'linux') return []
  const size = await statfs('/dev/shm').then(
    ({ blocks, bsize }) => blocks * bsize,
    () => 0,
  )
  return size < ENOUGH_SHARED_MEMORY ? ['-c', 'dynamic_shared_memory_type=mmap'] : []
}

/** What holds whatever the configuration file says: reachable from this machine alone, and only with the password. */
export async function serverArguments(data: string, port: number): Promise<string[]> {
  const fixed = { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port) }
  const settings = Object.entries(fixed).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return ['-D', data, ...settings, ...(await chooseSharedMemory())]
}
