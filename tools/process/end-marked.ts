import { endMarked } from './marked-processes.ts'

/* The process of `leaveNothingBehind`: nothing is ever written to its input, which ends with the one that started it. */

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
process.stdin
  .on('error', () => undefined)
  .on('close', () => endMarked(process.argv[2] ?? ''))
  .resume()
