import { PayloadError } from '../errors.ts'
import type { RunEventBus } from '../events.ts'
import type { Fetched, Requester } from '../http/venue-client.ts'
import type { Dataset } from '../model/market.ts'
import type { Window } from '../model/window.ts'
import { questionsFor } from '../plan/choose-route.ts'
import type { ParsedRows, Question, RejectedRow, Route } from '../venue/route.ts'
import type { Batcher } from './batcher.ts'
import type { Job, Task } from './job.ts'
import { mergeAnswers } from './merge-answers.ts'
import { type Page, readPage, requireInside } from './page.ts'
import { doubtVague, forgetStrangeTimes } from './vague.ts'

/** Who sends the questions of a route. */
export type ClientOf = (route: Pick<Route, 'api'>) => Requester

/** A minute between two rows is absent when two answers agree; one with a broken row is asked three times. */
export const ASKS = { missing: 2, broken: 3 } as const

export interface PageNeeds {
  readonly clientOf: ClientOf
  readonly events: RunEventBus
  readonly signal: AbortSignal
  readonly batcher: Batcher
  /** The venue's time that the plan was made with. */
  readonly now: number
  /** The venue's time by its last answer. */
  readonly venueNow: () => number
}

/** The window of a task with what has to be seen around it. */
export function viewOf({ job: { route }, window, attempt }: Task, now: number): Window {
  return route.view?.(window, attempt, now) ?? window
}

/** Asks all questions of a task's page, side by side; a page is only read when every one of them is answered. */
export async function fetchPage(task: Task, needs: PageNeeds): Promise<Page<Dataset>> {
  const { route } = task.job
  const questions = questionsFor(route, viewOf(task, needs.now), needs.venueNow())
  // One question needs no signal of its own: there are thousands of them in a run.
  const abort = questions.length > 1 ? new AbortController() : undefined
  const signal = abort ? AbortSignal.any([needs.signal, abort.signal]) : needs.signal
  const asked = questions.map((question) =>
    ask(question, task, { ...needs, signal, runSignal: needs.signal }),
  )
  try {
    const answers = await Promise.all(asked)
    const merged = mergeAnswers(answers.map(({ value }) => value))
    const page = readPage(route, task.window, merged, {
      now: needs.now,
      takesPartial: task.attempt >= ASKS.missing,
      takesHalves: task.isProven ?? false,
    })
    return doubtVague(page, route)
  } catch (error) {
    // The other answers are of no use without this one.
    abort?.abort(error)
    await Promise.allSettled(asked)
    throw error
  }
}

/**
 * The times of all rows in a window, good or bad, ascending, of each answer: nothing of it is stored. With `rows` only of
 * the first so many, where the route has such a question.
 */
export async function askTimes(
  job: Job,
  window: Window,
  needs: PageNeeds,
  rows?: number,
): Promise<readonly (readonly number[])[]> {
  const { route, symbol, dataset } = job
  const requests =
    rows !== undefined && route.firstRequest
      ? [[route.questions[0], route.firstRequest(symbol, window, rows)] as const]
      : questionsFor(route, window, needs.venueNow()).map(
          (question) => [question, question.request(symbol, window)] as const,
        )
  const answers = await Promise.all(
    requests.map(([question, request]) => {
      const parse = (payload: unknown): number[] => {
        const parsed = question.parse(payload, symbol, window, window)
        requireInside(route, symbol, window, [...parsed.rows, ...parsed.rejected.flatMap(timed)])
        if (parsed.count > 0 && parsed.rejected.some(({ ts }) => ts === undefined))
          throw new PayloadError(`${dataset} of ${symbol}`, 'a row without a time', parsed.rejected[0]?.row)
        return [...parsed.rows, ...parsed.rejected.flatMap(timed)].map(({ ts }) => ts)
      }
      const keepsDigits = question.keepsDigits ?? false
      return needs.clientOf(route).fetch({ request, parse, keepsDigits }, needs.signal)
    }),
  )
  answers.forEach(({ lane }, at) => {
    const [weight = 0] = Object.values(requests[at]?.[1].costs ?? {})
    needs.events.emit('page:fetched', { lane, dataset, symbol, rows: 0, window, weight, requests: 1 })
  })
  return answers.map(({ value }) => value.toSorted((a, b) => a - b))
}

const timed = ({ ts }: RejectedRow): { readonly ts: number }[] => (ts === undefined ? [] : [{ ts }])

async function ask(
  question: Question<Dataset>,
  { job, window, ...task }: Task,
  { clientOf, events, signal, runSignal, now, batcher }: PageNeeds & { readonly runSignal: AbortSignal },
): Promise<Fetched<ParsedRows<Dataset>>> {
  const { route, symbol, dataset } = job
  const view = viewOf({ job, window, ...task }, now)
  const request = question.request(symbol, view)
  const check = (parsed: ParsedRows<Dataset>): ParsedRows<Dataset> => {
    requireInside(route, symbol, window, parsed.rows)
    return forgetStrangeTimes(parsed, window, route.stepMs)
  }
  const scan = (body: string): ParsedRows<Dataset> | undefined => {
    const parsed = question.scan?.(body)
    return parsed && check(parsed)
  }
  const parse = (payload: unknown): ParsedRows<Dataset> =>
    check(question.parse(payload, symbol, window, view))
  const keepsDigits = question.keepsDigits ?? false
  const onRetry = (attempt: number, reason: string): void =>
    events.emit('job:retry', { dataset, symbol, attempt, reason })
  const client = clientOf(route)
  const fetched = question.batch
    ? await batcher.fetch({ symbol, view, parse }, question.batch, client, { keepsDigits, signal: runSignal })
    : await client.fetch({ request, parse, scan, keepsDigits }, signal, { onRetry })
  const [weight = 0] = Object.values(request.costs)
  events.emit('page:fetched', {
    lane: fetched.lane,
    dataset,
    symbol,
    rows: fetched.value.rows.length,
    window,
    weight,
    requests: 'isFirst' in fetched && !fetched.isFirst ? 0 : 1,
  })
  return fetched
}
