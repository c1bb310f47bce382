import { execFileSync } from 'node:child_process'

/** An address that no host has: what is sent there is lost without a word, as on a cut cable. */
const NOWHERE = '02:00:00:00:00:01'

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

export interface NamespacesOptions {
  /** This process has an address on their network as well. Without it nothing of this machine's own network is touched. */
  readonly reachable?: boolean
}

/**
 * Imitates machines on a network of their own: network namespaces, each with one address, joined by a bridge in one more. A cable
 * can be pulled, and traffic between any two can be lost, each direction by itself.
 */
export class Namespaces {
  static #made = 0
  readonly #name: string
  readonly #subnet: string
  readonly #count: number
  readonly #isReachable: boolean
  /** Directions that are cut now. */
  readonly #cuts = new Map<string, readonly [from: number, to: number]>()
  #isRemoved = false

  private constructor(count: number, { reachable = false }: NamespacesOptions) {
    this.#count = count
    this.#isReachable = reachable
    // Several runs on one machine must not meet. Names of interfaces have at most 15 bytes.
    this.#name = `cr${process.pid.toString(36)}n${Namespaces.#made++}`
    // Of RFC 2544, which nobody uses outside such networks.
    this.#subnet = `198.${18 + ((process.pid >> 8) & 1)}.${process.pid & 255}`
  }

  /** The reason in words where the system does not permit it. */
  static make(count: number, options: NamespacesOptions = {}): Namespaces | { readonly skip: string } {
    const made = new Namespaces(count, options)
    try {
      made.#build()
      return made
    } catch (error) {
      made.remove()
      const detail = String((error as { stderr?: unknown }).stderr ?? (error as Error).message).trim()
      return { skip: `network namespaces cannot be made here: ${detail.split('\n')[0]}` }
    }
  }

  #build(): void {
    const middle = this.#switch
    ip('netns', 'add', middle)
    ip('-n', middle, 'link', 'add', 'bridge', 'type', 'bridge')
    ip('-n', middle, 'link', 'set', 'bridge', 'up')
    for (let index = 0; index < this.#count; index++) {
      const space = this.#space(index)
      ip('netns', 'add', space)
      ip('-n', space, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${index}`, 'netns', middle)
      ip('-n', space, 'address', 'add', `${this.address(index)}/24`, 'dev', 'eth0')
      ip('-n', space, 'link', 'set', 'lo', 'up')
      ip('-n', space, 'link', 'set', 'eth0', 'up')
      ip('-n', middle, 'link', 'set', `port${index}`, 'master', 'bridge', 'up')
    }
    if (!this.#isReachable) return
    ip('link', 'add', this.#name, 'type', 'veth', 'peer', 'name', 'port', 'netns', middle)
    ip('address', 'add', `${this.#subnet}.254/24`, 'dev', this.#name)
    ip('link', 'set', this.#name, 'up')
    ip('-n', middle, 'link', 'set', 'port', 'master', 'bridge', 'up')
  }

  get #switch(): string {
    return `${this.#name}-switch`
  }

  #space(index: number): string {
    return `${this.#name}-${index}`
  }

  address(index: number): string {
    return `${this.#subnet}.${index + 1}`
  }

  /** What stands before a command that is to run in there. */
  prefix(index: number): [program: string, ...words: string[]] {
    return ['ip', 'netns', 'exec', this.#space(index)]
  }

  /** Pulls a cable, or puts it back: the other machines are told nothing, its port on the bridge is down. */
  setLink(index: number, isUp: boolean): void {
    ip('-n', this.#switch, 'link', 'set', `port${index}`, isUp ? 'up' : 'down')
  }

  /** From now on nothing that `from` sends arrives at `to`. */
  cut(from: number, to: number): void {
    const lost = ['to', this.address(to), 'lladdr', NOWHERE, 'nud', 'permanent', 'dev', 'eth0']
    ip('-n', this.#space(from), 'neigh', 'replace', ...lost)
    this.#cuts.set(`${from}>${to}`, [from, to])
  }

  healAll(): void {
    for (const [from, to] of this.#cuts.values()) {
      ip('-n', this.#space(from), 'neigh', 'del', this.address(to), 'dev', 'eth0')
    }
    this.#cuts.clear()
  }

  /** Synchronous: it also runs while the process ends. */
  remove(): void {
    if (this.#isRemoved) return
    this.#isRemoved = true
    const attempt = (...args: string[]): void => {
      try {
        ip(...args)
      } catch {
        // Not made, or gone.
      }
    }
    if (this.#isReachable) attempt('link', 'delete', this.#name)
    for (let index = 0; index < this.#count; index++) attempt('netns', 'delete', this.#space(index))
    attempt('netns', 'delete', this.#switch)
  }
}
