import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { skipWithout } from '../../tools/system-tools.ts'
import { Namespaces } from '../namespaces/namespaces.ts'
import { cliArguments, type Ran, runProgram } from './program.ts'
import { Shell } from './shell.ts'

/** Why machines cannot be imitated here, or false. In CI, which runs as root, they can. */
export function skipWithoutMachines(): string | false {
  const missing = skipWithout('ip', 'dig', 'curl')
  if (missing !== false || process.env['CI'] === 'true') return missing
  const probe = Namespaces.make(1)
  if ('skip' in probe) return probe.skip
  probe.remove()
  return false
}

/** Machines on a network of their own, the people at them, and the nodes that run there. */
export class Machines {
  readonly #namespaces: Namespaces
  readonly #processes: ChildProcess[] = []
  readonly #shells: Shell[] = []

  constructor(count: number) {
    const made = Namespaces.make(count)
    if ('skip' in made) throw new Error(made.skip)
    this.#namespaces = made
  }

  address(index: number): string {
    return this.#namespaces.address(index)
  }

  /** Pulls a machine's cable, or puts it back. */
  setLink(index: number, isUp: boolean): void {
    this.#namespaces.setLink(index, isUp)
  }

  run(index: number, program: string, ...args: string[]): Promise<Ran> {
    const [first, ...before] = this.#namespaces.prefix(index)
    return runProgram(first, [...before, program, ...args])
  }

  /** Somebody at this machine, with the command line. */
  openShell(index: number, folder: string, variables: Readonly<Record<string, string>>): Shell {
    const prefix = this.#namespaces.prefix(index)
    const shell = new Shell(folder, { CRESSET_STATE: join(folder, 'state'), ...variables }, prefix)
    this.#shells.push(shell)
    return shell
  }

  /** `cresset node up`, until it serves; what it says goes to `FOLDER/up.log`. */
  async startNode(index: number, folder: string, ...more: string[]): Promise<ChildProcess> {
    const log = await open(join(folder, 'up.log'), 'a')
    const [first, ...before] = this.#namespaces.prefix(index)
    const words = [...before, process.execPath, ...cliArguments, 'node', 'up', '--dir', folder, ...more]
    const child = spawn(first, words, { stdio: ['ignore', 'pipe', log.fd] })
    await log.close()
    this.#processes.push(child)
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })
    const serves = new Promise<true>((resolve) =>
      lines.on('line', (line) => line.startsWith('Ctrl-C') && resolve(true)),
    )
    if (await Promise.race([serves, once(child, 'exit').then(() => false)])) return child
    throw new Error(`the node in ${folder} did not start: ${await readFile(join(folder, 'up.log'), 'utf8')}`)
  }

  async stopNode(child: ChildProcess): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]
    return code
  }

  async close(): Promise<void> {
    const ending = this.#processes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)
    const ended = ending.map((child) => once(child, 'exit'))
    for (const child of ending) child.kill('SIGKILL')
    await Promise.all(ended)
    await Promise.allSettled(this.#shells.map((shell) => shell.close()))
    this.#namespaces.remove()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
