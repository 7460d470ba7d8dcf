import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopEmbedded } from '../../src/db/embedded/stop.ts'

export interface TestHome extends AsyncDisposable {
  readonly home: string
}

/** A home of the test's own; its server is stopped and its data are removed with it. */
export async function makeTestHome(): Promise<TestHome> {
  const folder = await mkdtemp(join(tmpdir(), 'perpctl-test-home-'))
  // As root the server runs as another user, who has to reach its data.
  await chmod(folder, 0o711)
  const home = join(folder, 'home')
  return {
    home,
    async [Symbol.asyncDispose]() {
      await stopEmbedded(home)
      await rm(folder, { recursive: true, force: true })
    },
  }
}
