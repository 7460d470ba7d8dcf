import { type FaultRule, isArchiveFault } from '../../core/faults.ts'
import type { DefectRule } from './defects.ts'

/** What a rule can go by. */
export interface NamedFile {
  readonly key: string
  readonly symbol: string
}

/** The rules about the archive's files that stand now. */
export class DefectPlan {
  #rules: readonly DefectRule[] = []

  constructor(rules: readonly FaultRule[] = []) {
    this.set(rules)
  }

  /** Replaces all rules; those of requests and of the stream are left out. */
  set(rules: readonly FaultRule[]): void {
    this.#rules = rules.filter((rule): rule is DefectRule => isArchiveFault(rule.kind))
  }

  has(kind: DefectRule['kind']): boolean {
    return this.#rules.some((rule) => rule.kind === kind)
  }

  /** The rules of a file, in their order. `path` is the end of a file's key or of its folder. */
  of({ key, symbol }: NamedFile): DefectRule[] {
    if (this.#rules.length === 0) return []
    const folder = key.slice(0, key.lastIndexOf('/') + 1)
    return this.#rules.filter(
      ({ path, ...rule }) =>
        (rule.symbol === undefined || rule.symbol === symbol) &&
        (path === undefined || key.endsWith(path) || folder.endsWith(path)),
    )
  }
}
