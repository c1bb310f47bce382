import { type Client, type Read, verifyPastQuery } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { ClientError } from '../../exit-codes.ts'

/** Which key a question needs next. */
class MissingKey extends Error {
  readonly key: string
  constructor(key: string) {
    super('a key that nobody has proven yet')
    this.key = key
  }
}

/** A host below many labels needs some twenty. */
const MAX_KEYS = 64

/**
 * What a question of the ledger had for an answer after an earlier block, proven. Undefined when no node keeps that state any more.
 * @throws ClientError
 */
export async function provenEarlier<T>(client: Client, height: number, read: Read<T>): Promise<T | undefined> {
  const keys = new Set<string>()
  const asking: Read<{ readonly value: T } | undefined> = (view, at) => {
    const known = {
      get(key: Uint8Array): Uint8Array | undefined {
        if (!keys.has(toHex(key))) throw new MissingKey(toHex(key))
        return view.get(key)
      },
    }
    try {
      return { value: read(known, at) }
    } catch (error) {
      if (!(error instanceof MissingKey)) throw error
      keys.add(error.key)
      return undefined
    }
  }
  // Where the question begins is found without a node.
  asking({ get: () => undefined }, { height, timeMs: 0 })
  try {
    while (keys.size <= MAX_KEYS) {
      const found = await client.connection.first(async (node) => {
        const answer = (await node.postJson('/v1/proofs', { keys: [...keys], height })) as { finality?: unknown }
        return client.past(node, answer.finality, (trust) => {
          const { value, rests } = verifyPastQuery(answer, asking, trust, client.clock)
          if (rests.height !== height)
            throw new ClientError('not-verified', 'wrong-height', `${node.address} answered for another height`)
          return value
        })
      })
      if (found !== undefined) return found.value
    }
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'height-not-kept') throw error
  }
  return undefined
}
