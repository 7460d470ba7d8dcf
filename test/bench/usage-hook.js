// Loaded into a measured process with `--import`: tells at its end what it has used.
import { readFileSync, writeFileSync } from 'node:fs'

const file = process.env.PERPCTL_BENCH_USAGE
if (file) {
  process.on('exit', () => {
    // Not `maxRSS`: a child inherits the peak of the process that it was forked from.
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))
    const { userCPUTime, systemCPUTime } = process.resourceUsage()
    const usage = {
      peakMegabytes: Number(peak?.[1]) / 1_024,
      userSeconds: userCPUTime / 1e6,
      systemSeconds: systemCPUTime / 1e6,
    }
    writeFileSync(file, JSON.stringify(usage))
  })
}
