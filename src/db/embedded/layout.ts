import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Where everything of one home's embedded server is. */
export interface Layout {
  readonly home: string
  /** Beside the cluster, so that it can be taken before the cluster exists. */
  readonly lockFile: string
  /** A folder, or a link to one where the home itself cannot hold it. */
  readonly cluster: string
  readonly data: string
  readonly postmasterFile: string
  /** The password of the one role; mode 0600, like all files here. */
  readonly passwordFile: string
  /** The port of the last start, asked for again so that a printed url stays good. */
  readonly portFile: string
  readonly logFile: string
}

export function layoutOf(home: string): Layout {
  const root = resolve(home)
  const cluster = join(root, 'postgres')
  const data = join(cluster, 'data')
  return {
    home: root,
    lockFile: join(root, 'postgres.lock'),
    cluster,
    data,
    postmasterFile: join(data, 'postmaster.pid'),
    passwordFile: join(cluster, 'password'),
    portFile: join(cluster, 'port'),
    logFile: join(cluster, 'server.log'),
  }
}

/** The same for every path that leads to this home: data that outlive the home are found again. */
export function clusterOutsideHome(home: string): string {
  const name = createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 16)
  return join('/var/lib/perpctl', name)
}
