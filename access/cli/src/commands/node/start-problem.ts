import { KeyError } from '@cresset/keys'
import { ClientError, UsageError } from '../../exit-codes.ts'

/** What a node says about its folder, as a command says it: wrong arguments and files are usage, the rest is refused. */
export async function withNodeErrors<T>(work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { StartError } = await import('@cresset/node/folder')
    if (error instanceof StartError) {
      const { reason, message } = error
      if (reason === 'configuration') throw new UsageError(message, { cause: error })
      const kind = reason === 'network-unreachable' ? 'unreachable' : 'refused'
      throw new ClientError(kind, reason, message, { cause: error })
    }
    if (error instanceof KeyError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
