import { inspect } from 'node:util'
import { toHex } from '@cresset/core-codec'
import {
  accountOf,
  checkSignature,
  type KeyType,
  keyTypeOf,
  type PublicKey,
  type Signature,
} from '@cresset/core-crypto'
import type { PrivateKey } from '../private-key.ts'
import { AgentClient } from './agent-client.ts'
import { AgentError } from './agent-error.ts'
import { SyncLink } from './sync-link.ts'

export interface AgentKeyDescription {
  readonly name: string
  readonly type: KeyType
  readonly publicKey: PublicKey
}

const MIN_FINGERPRINT_DIGITS = 8

/** A private key that an agent holds: every use is one round trip to it. */
export class AgentKey implements PrivateKey {
  readonly kept = 'agent'
  readonly type: KeyType
  readonly publicKey: PublicKey
  readonly #name: string
  readonly #socketPath: string
  readonly #client: AgentClient
  #sync: SyncLink | undefined

  constructor({ name, type, publicKey }: AgentKeyDescription, socketPath: string, client: AgentClient) {
    this.#name = name
    this.type = type
    this.publicKey = publicKey
    this.#socketPath = socketPath
    this.#client = client
  }

  async sign(message: Uint8Array): Promise<Signature> {
    const body = { publicKey: this.publicKey, message }
    const { signature } = await this.#client.request({ kind: 'sign', body }, 'signature')
    return this.#checked(message, signature)
  }

  /** Blocks the thread until the agent answered, at most five seconds. */
  signSync(message: Uint8Array): Signature {
    this.#sync ??= new SyncLink(this.#socketPath)
    const body = { publicKey: this.publicKey, message }
    const { signature } = this.#sync.request({ kind: 'sign', body }, 'signature')
    return this.#checked(message, signature)
  }

  #checked(message: Uint8Array, signature: Signature): Signature {
    if (checkSignature(this.publicKey, message, signature)) return signature
    throw new AgentError('bad-request', `agent:${this.#name}: gave a signature that its public key does not verify`)
  }

  async secretFor(context: Uint8Array): Promise<Uint8Array> {
    const body = { publicKey: this.publicKey, context }
    return (await this.#client.request({ kind: 'secretFor', body }, 'secret')).secret
  }

  async close(): Promise<void> {
    this.#client.close()
    await this.#sync?.close()
  }

  [inspect.custom](): string {
    return `AgentKey(${this.#name} ${this.type} ${toHex(this.publicKey)})`
  }
}

/** The keys that the agent holds, in the order in which they were added. @throws AgentError */
export async function listAgentKeys(client: AgentClient): Promise<AgentKeyDescription[]> {
  const { keys } = await client.request({ kind: 'list', body: {} }, 'keys')
  return keys.map(({ name, publicKey }) => ({ name, publicKey, type: keyTypeOf(publicKey) as KeyType }))
}

/** Finds a key by its name, or by at least eight digits of its account or public key in hex. @throws AgentError */
export async function findAgentKey(client: AgentClient, name: string): Promise<AgentKeyDescription> {
  const keys = await listAgentKeys(client)
  const named = keys.find((key) => key.name === name)
  if (named) return named
  const isFingerprint = name.length >= MIN_FINGERPRINT_DIGITS && /^[0-9a-f]+$/.test(name)
  const fits = keys.filter(
    ({ publicKey }) =>
      isFingerprint && (toHex(publicKey).startsWith(name) || toHex(accountOf(publicKey)).startsWith(name)),
  )
  const [first] = fits
  if (!first) throw new AgentError('no-key', `the agent holds no key ${name}; add it with "cresset key agent add FILE"`)
  if (fits.length > 1)
    throw new AgentError('ambiguous', `${fits.length} keys of the agent begin with ${name}; give more digits`)
  return first
}

async function withAgent<T>(
  socketPath: string | undefined,
  use: (client: AgentClient, path: string) => Promise<T>,
): Promise<T> {
  if (socketPath === undefined) throw new AgentError('no-agent', 'which agent? set CRESSET_AGENT to its socket')
  const client = await AgentClient.connect(socketPath)
  try {
    return await use(client, socketPath)
  } catch (error) {
    client.close()
    throw error
  }
}

/** @throws AgentError */
export function openAgentKey(name: string, socketPath: string | undefined): Promise<AgentKey> {
  return withAgent(socketPath, async (client, path) => new AgentKey(await findAgentKey(client, name), path, client))
}

/** @throws AgentError */
export function describeAgentKey(name: string, socketPath: string | undefined): Promise<AgentKeyDescription> {
  return withAgent(socketPath, async (client) => {
    const key = await findAgentKey(client, name)
    client.close()
    return key
  })
}
