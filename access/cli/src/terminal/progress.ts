import { type Output, printable } from './output.ts'

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const showAfterMs = 1_000
const frameMs = 100

/**
 * Shows that work goes on when it takes over a second on a terminal: a turning mark, the text and the seconds so far.
 * Elsewhere each step is one plain line.
 */
export async function withProgress<T>(
  output: Output,
  text: string,
  work: (update: (text: string) => void) => Promise<T>,
): Promise<T> {
  let current = text
  if (!output.terminal) {
    output.note(current)
    return work((next) => {
      if (next !== current) output.note(next)
      current = next
    })
  }
  const startedMs = Date.now()
  let frame = 0
  const timer = setInterval(() => {
    const elapsedMs = Date.now() - startedMs
    if (elapsedMs < showAfterMs) return
    const line = `${frames[frame++ % frames.length]} ${current} (${Math.floor(elapsedMs / 1000)} s)`
    // A line that wraps could not be taken back.
    process.stderr.write(`\r\x1b[2K${printable(line).slice(0, (process.stderr.columns ?? 80) - 1)}`)
  }, frameMs)
  try {
    return await work((next) => {
      current = next
    })
  } finally {
    clearInterval(timer)
    process.stderr.write('\r\x1b[2K')
  }
}
