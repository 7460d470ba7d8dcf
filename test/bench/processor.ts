import { readdirSync, readFileSync } from 'node:fs'

/** Seconds of processor time. */
export interface ProcessorTime {
  readonly user: number
  readonly system: number
}

/** Linux tells processor time in hundredths of a second, whatever the kernel counts in. */
const TICKS = 100
/** Fields of `/proc/<pid>/stat`, counted from the one behind the name. */
const FIELDS = { parent: 1, user: 11, system: 12, childUser: 13, childSystem: 14 } as const

function readFields(pid: number): number[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
  } catch {
    return undefined
  }
}

const timeOf = (fields: readonly number[], hasChildren: boolean): ProcessorTime => {
  const sum = (own: number, children: number): number =>
    ((fields[own] ?? 0) + (hasChildren ? (fields[children] ?? 0) : 0)) / TICKS
  return {
    user: sum(FIELDS.user, FIELDS.childUser),
    system: sum(FIELDS.system, FIELDS.childSystem),
  }
}

/** Of one process alone; zero where it is gone. */
export const readProcess = (pid: number): ProcessorTime => timeOf(readFields(pid) ?? [], false)

/** Of a process, its children that have ended, and those that live. */
export function readFamily(pid: number): ProcessorTime {
  const before = readFields(pid) ?? []
  const living = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readFields(Number(name)))
    .filter((fields) => fields?.[FIELDS.parent] === pid)
  const own = readFields(pid) ?? []
  // A child that ended meanwhile would count twice: as one that lives and as one that has ended.
  if (own[FIELDS.childUser] !== before[FIELDS.childUser]) return readFamily(pid)
  const times = [timeOf(own, true), ...living.map((fields) => timeOf(fields ?? [], false))]
  return times.reduce((sum, time) => ({ user: sum.user + time.user, system: sum.system + time.system }))
}

/** Of the whole machine; what a hypervisor gives to others counts as system. */
export function readMachine(): ProcessorTime {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0, stolen = 0] = line
    .replace(/^cpu\s+/, '')
    .split(' ')
    .map(Number)
  return { user: (user + nice) / TICKS, system: (system + interrupts + softInterrupts + stolen) / TICKS }
}

export const spentSince = (before: ProcessorTime, now: ProcessorTime): ProcessorTime => ({
  user: Number((now.user - before.user).toFixed(2)),
  system: Number((now.system - before.system).toFixed(2)),
})
