import { open } from 'node:fs/promises'
import { UsageError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'
import type { Output } from '../../terminal/output.ts'
import type { FalseAnswer } from './audit-server.ts'

/** What a node's name server told. */
export interface Lie extends FalseAnswer {
  readonly node: string
}

/**
 * Writes false answers down, and gives where. Null, with a warning, when that cannot be: a file from an earlier audit is not overwritten,
 * and hides none of the new ones.
 */
export async function writeEvidence(
  output: Pick<Output, 'warn'>,
  path: string,
  chainId: string,
  lies: readonly Lie[],
): Promise<string | null> {
  try {
    const file = await open(path, 'wx').catch(cannotMake(path))
    try {
      await file.writeFile(`${JSON.stringify({ format: 'cresset-dns-evidence-v1', chainId, lies }, undefined, 2)}\n`)
    } finally {
      await file.close()
    }
    return path
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    output.warn(`the false answers are not written down: ${error.message}`)
    return null
  }
}
