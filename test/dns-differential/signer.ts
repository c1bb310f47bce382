import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const execute = promisify(execFile)

export type Denial = 'none' | 'nsec' | 'nsec3' | 'nsec3-opt-out'

/** Signs master files with BIND's dnssec-signzone. One key serves all zones: a key's file names its zone, its tag does not depend on it. */
export class Signer {
  readonly #folder: string
  readonly #publicKey: string
  readonly #privateKey: string
  readonly #tag: string

  private constructor(folder: string, publicKey: string, privateKey: string, tag: string) {
    this.#folder = folder
    this.#publicKey = publicKey
    this.#privateKey = privateKey
    this.#tag = tag
  }

  static async create(folder: string): Promise<Signer> {
    await mkdir(folder, { recursive: true })
    await execute('dnssec-keygen', ['-q', '-a', 'ED25519', '-f', 'KSK', '-K', folder, 'key.test.'])
    const file = (await readdir(folder)).find((name) => name.endsWith('.key')) as string
    const base = join(folder, file.slice(0, -'.key'.length))
    const tag = /\+(\d+)\.key$/.exec(file)?.[1] as string
    return new Signer(folder, await readFile(`${base}.key`, 'utf8'), await readFile(`${base}.private`, 'utf8'), tag)
  }

  /** Writes the signed zone beside `file` and gives its path. */
  async sign(apex: string, file: string, denial: Denial): Promise<string> {
    if (denial === 'none') return file
    const key = join(this.#folder, `K${apex}+015+${this.#tag}`)
    const publicKey = this.#publicKey.replaceAll('key.test.', apex)
    await writeFile(`${key}.key`, publicKey)
    await writeFile(`${key}.private`, this.#privateKey)
    const withKey = `${file}.keyed`
    await writeFile(withKey, (await readFile(file, 'utf8')) + publicKey)
    const signed = `${file}.signed`
    const nsec3 = denial === 'nsec' ? [] : ['-3', 'aabb', '-H', '1', ...(denial === 'nsec3' ? [] : ['-A'])]
    const names = ['-K', this.#folder, '-o', apex, '-f', signed, ...nsec3, withKey, key]
    // It leaves a file of its own where it runs.
    await execute('dnssec-signzone', ['-z', '-P', '-q', ...names], { cwd: this.#folder })
    return signed
  }
}
