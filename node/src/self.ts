import { type Genesis, nodeIdOf } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { NodeConfiguration } from './node-configuration.ts'
import { StartError } from './start-error.ts'

/** What a node knows of itself before it reads a ledger. */
export interface Self {
  /** Hash of its first identity key, hex. */
  readonly id: string
  /** `host:port` where the others reach it. */
  readonly agreement: string
}

/** By its id if it joined later, else by its name in genesis. @throws StartError */
export function selfOf({ name, id, genesis, announcement, consensusKey, introduction }: NodeConfiguration): Self {
  const listed = genesis.nodes.find((node) => (id === undefined ? node.name === name : idOf(node) === id))
  if (listed === undefined) {
    if (id !== undefined && announcement !== undefined) return { id, agreement: announcement.endpoints.agreement }
    const names = genesis.nodes.map((node) => node.name).join(', ')
    throw new StartError('configuration', `genesis lists no node ${name}; name one of ${names} in node.json`)
  }
  // With a joining file the votes on other keys may come later in the ledger than anything that is here yet.
  if (introduction === undefined && !equalBytes(listed.consensusKey, consensusKey.publicKey)) {
    throw new StartError(
      'configuration',
      `keys/consensus.key is not the key that genesis lists for ${name}; bring the right file`,
    )
  }
  return { id: idOf(listed), agreement: listed.endpoints.agreement }
}

const idOf = (node: Genesis['nodes'][number]): string => toHex(nodeIdOf(node))
