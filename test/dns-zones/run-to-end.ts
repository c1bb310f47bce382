import { execFile } from 'node:child_process'

export interface Ran {
  readonly status: number
  /** What it wrote, to both outputs. */
  readonly output: string
}

interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** Runs a program to its end, whatever that is. */
export function runToEnd(program: string, given: readonly string[], options: RunOptions): Promise<Ran> {
  const { cwd, env = {}, timeoutMs = 100_000 } = options
  return new Promise((resolve) => {
    const settings = { timeout: timeoutMs, maxBuffer: 2 ** 26, cwd, env: { ...process.env, ...env } }
    execFile(program, given, settings, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code ?? -1), output: stdout + stderr }),
    )
  })
}
