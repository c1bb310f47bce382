import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { leaveNothingBehind } from '../../tools/process/marked-processes.ts'

// The runner sees to it for all files; one that is run by itself and interrupted leaves no network behind either.
leaveNothingBehind()

/** What a process needs to run from source. */
export const conditions = process.execArgv.filter((flag) => flag.startsWith('--conditions'))
/** The command line as a user runs it, from source. */
export const cliArguments = [...conditions, fileURLToPath(new URL('../../access/cli/src/main.ts', import.meta.url))]

/** A person's own settings must not reach a test. */
export const withoutDefaults = { CRESSET_GENESIS: '', CRESSET_KEY: '', CRESSET_NODE: '' } as const

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly variables?: Readonly<Record<string, string>>
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...withoutDefaults, ...options.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export const runCresset = (args: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  runProgram(process.execPath, [...cliArguments, ...args], options)

/** What a command printed with `--json`; throws unless it succeeded. */
export async function jsonOf(args: readonly string[], running: Promise<Ran>): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await running
  if (code !== 0) throw new Error(`cresset ${args.join(' ')} ended with ${code}: ${stderr}${stdout}`)
  return JSON.parse(stdout) as Record<string, unknown>
}
