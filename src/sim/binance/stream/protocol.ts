import type { Opening, StreamProtocol, StreamSession } from '../../core/stream/protocol.ts'

const GROUPS = 'market|public|private'
const COMBINED = new RegExp(`^/(?:(${GROUPS})/)?stream/?$`)
const BARE = new RegExp(`^/(?:(${GROUPS})/)?ws(?:/(.*))?$`)

/** The stream of Binance USD-M as of its documentation of 2026: routed addresses, and the old ones that stay silent. */
export const STREAM_PROTOCOL: StreamProtocol = {
  open,
  answer,
  wrap: (stream, data) => `{"stream":${JSON.stringify(stream)},"data":${data}}`,
}

function open(url: string): Opening | undefined {
  const [path = '', query = ''] = url.split('?', 2)
  const combined = COMBINED.exec(path)
  const bare = BARE.exec(path)
  const found = combined ?? bare
  if (!found) return undefined
  const list = combined ? (/(?:^|&)streams=([^&]*)/.exec(query)?.[1] ?? '') : (bare?.[2] ?? '')
  return { streams: readNames(list), isCombined: combined !== null, isServed: found[1] === 'market' }
}

function readNames(list: string): string[] {
  try {
    return decodeURIComponent(list)
      .split('/')
      .filter((name) => name !== '')
  } catch {
    // A broken escape is a name like any other: taken, and never served.
    return list.split('/')
  }
}

const METHODS = ['SUBSCRIBE', 'UNSUBSCRIBE', 'LIST_SUBSCRIPTIONS', 'SET_PROPERTY', 'GET_PROPERTY'] as const
type Method = (typeof METHODS)[number]

interface Command {
  readonly method: Method
  readonly params: readonly unknown[]
  readonly id: number
}

interface Complaint {
  readonly code: number
  readonly msg: string
}

const complain = (msg: string, code = 2): Complaint => ({ code, msg })
const isText = (value: unknown): value is string => typeof value === 'string'
const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function answer(text: string, session: StreamSession): string {
  const message = readMessage(text)
  const id =
    typeof message === 'object' && message !== null && 'id' in message && isId(message.id) ? message.id : null
  const command = message === undefined ? complain(NOT_JSON, 3) : readCommand(message)
  const result = 'code' in command ? command : perform(command, session)
  if (!isComplaint(result)) return JSON.stringify({ result, id })
  if (result !== TOO_MANY) session.countInvalid()
  return JSON.stringify({ error: result, id })
}

const NOT_JSON = 'Invalid JSON: expected value at line 1 column 1'
const TOO_MANY = complain('Too many subscriptions', 4)

const isComplaint = (value: unknown): value is Complaint =>
  typeof value === 'object' && value !== null && 'code' in value

function readMessage(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readCommand(message: unknown): Command | Complaint {
  if (typeof message !== 'object' || message === null || Array.isArray(message))
    return complain('Invalid request: expected an object at line 1 column 1')
  const { method, params = [], id }: { method?: unknown; params?: unknown; id?: unknown } = message
  if (method === undefined) return complain('Invalid request: missing field `method` at line 1 column 1')
  const known = METHODS.find((name) => name === method)
  if (!known) {
    const names = METHODS.map((name) => `\`${name}\``).join(', ')
    return complain(`Invalid request: unknown variant \`${String(method)}\`, expected one of ${names}`)
  }
  if (!isId(id)) return complain('Invalid request: request ID must be an unsigned integer')
  if (!Array.isArray(params)) return complain('Invalid request: params must be an array')
  return { method: known, params, id }
}

/** What the reply tells as its result, or what is wrong. */
function perform({ method, params }: Command, session: StreamSession): unknown {
  switch (method) {
    case 'LIST_SUBSCRIPTIONS':
      return [...session.streams]
    case 'SET_PROPERTY':
    case 'GET_PROPERTY':
      return handleProperty(params, session)
    default: {
      if (!params.every(isText)) return complain('Invalid request: stream names must be strings')
      if (method === 'SUBSCRIBE') return session.subscribe(params) ? null : TOO_MANY
      session.unsubscribe(params)
      return null
    }
  }
}

function handleProperty([name, value, ...others]: readonly unknown[], session: StreamSession): unknown {
  if (!isText(name)) return complain('Invalid request: property name must be a string')
  if (others.length > 0) return complain('Invalid request: too many parameters')
  if (name !== 'combined') return complain(`Unknown property: ${name}`, 0)
  if (value === undefined) return session.isCombined
  if (typeof value !== 'boolean') return complain('Invalid value type: expected Boolean', 1)
  session.isCombined = value
  return null
}
