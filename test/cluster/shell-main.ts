import { run } from '../../access/cli/src/program.ts'
import type { Answer, Question } from './shell.ts'

/* The process of a Shell: it runs what it is told to, and ends when nobody tells it anything more. */

process.on('message', async ({ number, args }: Question) => {
  let stdout = ''
  let stderr = ''
  const code = await run(args, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    variables: process.env,
    interactive: false,
    nowMs: Date.now,
  })
  process.send?.({ number, code, stdout, stderr } satisfies Answer)
})
