import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { COMMANDS } from '../../src/commands/index.ts'

const SRC = fileURLToPath(new URL('../../src', import.meta.url))
/** They write for a shell or a page, not for somebody who has just typed a command. */
const OTHERS =
  /^(?:commands\/(?:completion|manual)\/|lib\/text\/own-command\.ts$|db\/migrations\.generated\.ts$)/
/** Names of sessions and locks. */
const NAMES = /applicationName|application_name|hashtext|replace\(|=> `perpctl stream \$/
const COMMENT = /^\s*(?:\/\/|\/?\*)/

it('every command in a hint or message is made by the one function that those who print know', () => {
  const words = [...new Set(Object.keys(COMMANDS).map((id) => id.split(':')[0]))].join('|')
  const command = new RegExp(
    `(?:hint|message|reason|said|told|see|throw|tell)\\b.*perpctl (?:${words})\\b|\`perpctl (?:${words})\\b`,
  )
  const found = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !OTHERS.test(file))
    .flatMap((file) => {
      const lines = readFileSync(join(SRC, file), 'utf8').split('\n')
      return lines
        .filter((line) => command.test(line) && !COMMENT.test(line) && !NAMES.test(line))
        .map((line) => `${file}: ${line.trim()}`)
    })
  // Help text: it is read beside the usage, and is wrapped.
  expect(found.filter((line) => !line.includes('Exit codes: 0'))).toEqual([])
})
