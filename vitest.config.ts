import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/helpers/slow-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    disableConsoleIntercept: true,
    // Bounds of what never ends, not of what is slow.
    testTimeout: 400_000,
    hookTimeout: 400_000,
    // What one file has compiled and read serves the next one of its worker.
    isolate: false,
    // More than there are cores: many files wait for a clock, a pause or a process of their own.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
  },
})
