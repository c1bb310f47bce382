import { spawn } from 'node:child_process'
import { join } from 'node:path'

/** The repository's root, whatever folder the command was started in. */
export const repositoryRoot: string = join(import.meta.dirname, '../..')

/** A command that npm installed into the repository. */
export function toolPath(name: string): string {
  return join(repositoryRoot, 'node_modules/.bin', name)
}

export type Captured = { status: number; stdout: string; stderr: string }

/** Runs a command to its end and keeps its output; rejects only when it cannot be started. */
export function capture(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string; timeoutMs?: number } = {},
): Promise<Captured> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? repositoryRoot,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
    })
    let stdout = ''
    let stderr = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (signal !== null) stderr += `\nended by ${signal}`
      resolve({ status: code ?? 1, stdout, stderr })
    })
    child.stdin?.on('error', () => {})
    child.stdin?.end(options.input)
  })
}
