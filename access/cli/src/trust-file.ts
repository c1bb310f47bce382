import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClientError, trustFromJson, trustToJson } from '@cresset/access-client'
import { chainIdOf, type Genesis, type Trust, trustFromGenesis } from '@cresset/core-chain'
import { makeFolder } from '@cresset/keys'
import { UsageError } from './exit-codes.ts'
import { fileProblem } from './file-problem.ts'

/** The newest header that commands of this user checked, one small file a ledger. */
export class TrustFile {
  readonly #folder: string
  /** Height of the file, so that it is written only when there is something new. */
  #keptHeight = 0

  constructor(state: string) {
    this.#folder = join(state, 'trust')
  }

  pathOf(chainId: string): string {
    return join(this.#folder, `${chainId}.json`)
  }

  /** Genesis, where nothing is kept. @throws UsageError for a file that cannot be used */
  async read(genesis: Genesis): Promise<Trust> {
    const path = this.pathOf(chainIdOf(genesis))
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
      throw new UsageError(`cannot read ${path}: ${fileProblem(error)}`)
    })
    if (text === undefined) return trustFromGenesis(genesis)
    try {
      const trust = trustFromJson(text, genesis)
      this.#keptHeight = trust.height
      return trust
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      throw new UsageError(`${path}: ${error.message}; remove it, and give --trust HEIGHT:HASH once`)
    }
  }

  /** Whole or not at all. Where nothing can be kept, the next command begins where this one began. */
  async write(trust: Trust): Promise<void> {
    if (trust.height === this.#keptHeight) return
    const path = this.pathOf(trust.chainId)
    const partial = `${path}.${process.pid}`
    try {
      await makeFolder(this.#folder)
      await writeFile(partial, trustToJson(trust), { mode: 0o600 })
      await rename(partial, path)
    } catch {
      await rm(partial, { force: true }).catch(() => undefined)
    }
  }
}
