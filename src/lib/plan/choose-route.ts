import { MINUTE, type Window } from '../model/window.ts'
import type { Route } from '../venue/route.ts'

/** The questions for a window: those for what is young only where all of it is, a minute before it is not any more. */
export const questionsFor = (
  { questions, recent }: Route,
  { from }: Window,
  now: number,
): Route['questions'] => (recent && from >= now - recent.reachMs + MINUTE ? recent.questions : questions)

/** What it takes to have what is missing by one way. */
export interface RouteEstimate {
  /** Until the last of it is there, by budgets, bytes and requests. */
  readonly ms: number
  /** Minutes of what is missing that it cannot bring. */
  readonly lacking: number
}

/** Requests of an API that are under way at a time take so long each, and those for files. */
const REQUEST_MS = 100
const FILE_REQUEST_MS = 150
/** Bytes of files in a millisecond: what a usual line and one processor take in. */
const FILE_BYTES_PER_MS = 4_000

export const estimateApi = (waitMs: number, requests: number, concurrency: number): number =>
  Math.max(waitMs, (requests * REQUEST_MS) / concurrency)

export const estimateFiles = (requests: number, bytes: number, concurrency: number): number =>
  (requests * FILE_REQUEST_MS) / concurrency + bytes / FILE_BYTES_PER_MS

/** Files where they alone have something, or have it sooner. */
export const isFilesBetter = (api: RouteEstimate, files: RouteEstimate): boolean =>
  files.lacking < api.lacking || files.ms < api.ms
