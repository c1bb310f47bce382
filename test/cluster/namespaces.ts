import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { skipWithout } from '../../tools/system-tools.ts'
import { cliArguments, type Ran, runProgram } from './program.ts'
import { Shell } from './shell.ts'

const run = (...args: string[]): void => void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })

/** Why machines cannot be imitated here, or false. In CI, which runs as root, they can. */
export function skipWithoutNamespaces(): string | false {
  const missing = skipWithout('ip', 'dig', 'curl')
  if (missing !== false || process.env['CI'] === 'true') return missing
  const probe = `cresset-probe-${process.pid}`
  try {
    run('netns', 'add', probe)
    run('netns', 'delete', probe)
    return false
  } catch (error) {
    return `needs network namespaces, which are not permitted here: ${String((error as { stderr?: unknown }).stderr).trim()}`
  }
}

/**
 * Machines on a network of their own: network namespaces, each with one address, joined by a bridge in a namespace of its own.
 * Nothing of this machine's own network is touched.
 */
export class Namespaces {
  readonly #names: string[] = []
  readonly #switch: string
  readonly #processes: ChildProcess[] = []
  readonly #shells: Shell[] = []

  constructor(count: number) {
    // Names of interfaces have at most 15 bytes.
    const prefix = `cr${process.pid % 100_000}`
    this.#switch = `${prefix}-switch`
    try {
      run('netns', 'add', this.#switch)
      this.#names.push(this.#switch)
      run('-n', this.#switch, 'link', 'add', 'bridge', 'type', 'bridge')
      run('-n', this.#switch, 'link', 'set', 'bridge', 'up')
      for (let index = 0; index < count; index++) {
        const name = `${prefix}-${index}`
        run('netns', 'add', name)
        this.#names.push(name)
        run('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${index}`, 'netns', this.#switch)
        run('-n', name, 'address', 'add', `${this.address(index)}/24`, 'dev', 'eth0')
        run('-n', name, 'link', 'set', 'lo', 'up')
        run('-n', name, 'link', 'set', 'eth0', 'up')
        run('-n', this.#switch, 'link', 'set', `port${index}`, 'master', 'bridge', 'up')
      }
    } catch (error) {
      this.#removeNames()
      throw error
    }
  }

  /** Of RFC 2544, which nobody uses outside such networks. */
  address(index: number): string {
    return `198.18.0.${index + 1}`
  }

  #within(index: number): string[] {
    return ['ip', 'netns', 'exec', this.#names[index + 1] as string]
  }

  /** Pulls a machine's cable, or puts it back. */
  setLink(index: number, isUp: boolean): void {
    run('-n', this.#switch, 'link', 'set', `port${index}`, isUp ? 'up' : 'down')
  }

  run(index: number, program: string, ...args: string[]): Promise<Ran> {
    const [ip = '', ...before] = this.#within(index)
    return runProgram(ip, [...before, program, ...args])
  }

  /** Somebody at this machine, with the command line. */
  openShell(index: number, folder: string, variables: Readonly<Record<string, string>>): Shell {
    const shell = new Shell(folder, { CRESSET_STATE: join(folder, 'state'), ...variables }, this.#within(index))
    this.#shells.push(shell)
    return shell
  }

  /** `cresset node up`, until it serves; what it says goes to `FOLDER/up.log`. */
  async startNode(index: number, folder: string, ...more: string[]): Promise<ChildProcess> {
    const log = await open(join(folder, 'up.log'), 'a')
    const [ip = '', ...before] = this.#within(index)
    const words = [...before, process.execPath, ...cliArguments, 'node', 'up', '--dir', folder, ...more]
    const child = spawn(ip, words, { stdio: ['ignore', 'pipe', log.fd] })
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
    this.#removeNames()
  }

  #removeNames(): void {
    for (const name of this.#names.splice(0)) run('netns', 'delete', name)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
