import { execFileSync } from 'node:child_process'

/** An address that no host has: what is sent there is lost without a word, as on a cut cable. */
const NOWHERE = '02:00:00:00:00:01'

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: 'pipe' })
}

/**
 * Network namespaces on one bridge, one for each node, and an address on it for this process. Traffic between any two can be lost,
 * each direction by itself.
 */
export class Namespaces {
  readonly #name: string
  readonly #subnet: string
  readonly #count: number
  /** Directions that are cut now, as `from>to`. */
  readonly #cuts = new Set<string>()
  #removed = false

  private constructor(count: number) {
    this.#count = count
    // Several runs on one machine must not meet: names and network are those of this process.
    this.#name = `ct${process.pid.toString(36)}`
    this.#subnet = `10.${64 + ((process.pid >> 8) % 64)}.${process.pid % 256}`
  }

  /** The reason in words where the system does not permit it. */
  static create(count: number): Namespaces | { readonly skip: string } {
    const made = new Namespaces(count)
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
    const bridge = this.#name
    ip('link', 'add', bridge, 'type', 'bridge')
    ip('addr', 'add', `${this.#subnet}.254/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    for (let index = 0; index < this.#count; index++) {
      const space = this.#space(index)
      ip('netns', 'add', space)
      ip('link', 'add', `${bridge}v${index}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space)
      ip('link', 'set', `${bridge}v${index}`, 'master', bridge, 'up')
      ip('-n', space, 'addr', 'add', `${this.address(index)}/24`, 'dev', 'eth0')
      ip('-n', space, 'link', 'set', 'lo', 'up')
      ip('-n', space, 'link', 'set', 'eth0', 'up')
    }
  }

  #space(index: number): string {
    return `${this.#name}-${index}`
  }

  address(index: number): string {
    return `${this.#subnet}.${index + 1}`
  }

  /** What stands before a command that is to run in there. */
  prefix(index: number): string[] {
    return ['ip', 'netns', 'exec', this.#space(index)]
  }

  /** From now on nothing that `from` sends arrives at `to`. */
  cut(from: number, to: number): void {
    ip(
      '-n',
      this.#space(from),
      'neigh',
      'replace',
      this.address(to),
      'lladdr',
      NOWHERE,
      'nud',
      'permanent',
      'dev',
      'eth0',
    )
    this.#cuts.add(`${from}>${to}`)
  }

  healAll(): void {
    for (const cut of this.#cuts) {
      const [from, to] = cut.split('>').map(Number) as [number, number]
      ip('-n', this.#space(from), 'neigh', 'del', this.address(to), 'dev', 'eth0')
    }
    this.#cuts.clear()
  }

  /** Synchronous: it also runs while the process ends. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    const attempt = (...args: string[]): void => {
      try {
        ip(...args)
      } catch {
        // Not made, or gone.
      }
    }
    for (let index = 0; index < this.#count; index++) attempt('netns', 'del', this.#space(index))
    attempt('link', 'del', this.#name)
  }
}
