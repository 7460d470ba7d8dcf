import { defineConfig } from 'vitest/config'
import { SlowFirst } from './test/helpers/slow-first.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/helpers/global-setup.ts'],
    disableConsoleIntercept: true,
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // More than there are cores: many files wait for a clock, a pause or a process of their own.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
  },
})
