import { equalBytes, list } from '@cresset/core-codec'
import { hmacSha256, type KeyPair, keyPairFromSecret, signSync } from '@cresset/core-crypto'
import {
  defaultScryptCost,
  newProtection,
  type Protection,
  protect,
  type ScryptCost,
  unprotect,
} from '../key-protection.ts'
import type { AgentErrorCode } from './agent-error.ts'
import { type AgentRequest, type AgentResponse, heldKeyCodec, MAX_KEYS } from './protocol.ts'

interface HeldKey {
  readonly name: string
  readonly pair: KeyPair
}

interface Locked {
  readonly protection: Protection
  readonly sealed: Uint8Array
}

const heldKeysCodec = list(heldKeyCodec, { maxItems: MAX_KEYS })
const noData = new Uint8Array(0)

/** What an agent holds and does, without sockets and clocks. A secret goes in and never comes out. */
export class KeyAgent {
  readonly #scryptCost: ScryptCost
  #keys: HeldKey[] = []
  #locked: Locked | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor({ scryptCost = defaultScryptCost }: { scryptCost?: ScryptCost } = {}) {
    this.#scryptCost = scryptCost
  }

  /** Requests are carried out one after the other, so that a slow guess at the passphrase delays the next one. */
  handle(request: AgentRequest): Promise<AgentResponse> {
    const answer = this.#last.then(() => this.#carryOut(request))
    this.#last = answer.catch(() => undefined)
    return answer
  }

  /** Forgets every key, also those under lock. The bytes that we hold are overwritten. */
  forget(): void {
    for (const { pair } of this.#keys) pair.secret.fill(0)
    this.#keys = []
    this.#locked?.sealed.fill(0)
    this.#locked = undefined
  }

  /** Whether there is nothing to forget, under lock either. */
  get isEmpty(): boolean {
    return this.#keys.length === 0 && this.#locked === undefined
  }

  async #carryOut(request: AgentRequest): Promise<AgentResponse> {
    if (this.#locked && request.kind !== 'unlock' && request.kind !== 'removeAll') {
      if (request.kind === 'add') request.body.secret.fill(0)
      return failed('locked')
    }
    switch (request.kind) {
      case 'list':
        return {
          kind: 'keys',
          body: { keys: this.#keys.map(({ name, pair }) => ({ name, publicKey: pair.publicKey })) },
        }
      case 'sign': {
        const key = this.#find(request.body.publicKey)
        return key
          ? { kind: 'signature', body: { signature: signSync(key.pair, request.body.message) } }
          : failed('no-key')
      }
      case 'secretFor': {
        const key = this.#find(request.body.publicKey)
        return key
          ? { kind: 'secret', body: { secret: hmacSha256(key.pair.secret, request.body.context) } }
          : failed('no-key')
      }
      case 'add':
        return this.#add(request.body)
      case 'remove': {
        const key = this.#find(request.body.publicKey)
        if (!key) return failed('no-key')
        key.pair.secret.fill(0)
        this.#keys = this.#keys.filter((other) => other !== key)
        return done
      }
      case 'removeAll':
        this.forget()
        return done
      case 'lock':
        return this.#lock(request.body.passphrase)
      case 'unlock':
        return this.#unlock(request.body.passphrase)
    }
  }

  #find(publicKey: Uint8Array): HeldKey | undefined {
    return this.#keys.find(({ pair }) => equalBytes(pair.publicKey, publicKey))
  }

  #add({ name, type, secret }: { name: string; type: KeyPair['type']; secret: Uint8Array }): AgentResponse {
    let pair: KeyPair
    try {
      pair = keyPairFromSecret(type, secret)
    } catch {
      return failed('bad-request')
    } finally {
      secret.fill(0)
    }
    const isHeld = this.#keys.some((other) => other.name === name || equalBytes(other.pair.publicKey, pair.publicKey))
    const problem = isHeld ? 'exists' : this.#keys.length >= MAX_KEYS ? 'full' : undefined
    if (problem) {
      pair.secret.fill(0)
      return failed(problem)
    }
    this.#keys.push({ name, pair })
    return done
  }

  /** The secrets are encrypted under the passphrase and overwritten: a look at the memory finds none while it is locked. */
  async #lock(passphrase: Uint8Array): Promise<AgentResponse> {
    const protection = newProtection(this.#scryptCost)
    const plain = heldKeysCodec.encode(
      this.#keys.map(({ name, pair }) => ({ name, type: pair.type, secret: pair.secret })),
    )
    try {
      this.#locked = { protection, sealed: await protect(plain, passphrase, protection, noData) }
    } finally {
      plain.fill(0)
      passphrase.fill(0)
    }
    for (const { pair } of this.#keys) pair.secret.fill(0)
    this.#keys = []
    return done
  }

  async #unlock(passphrase: Uint8Array): Promise<AgentResponse> {
    if (!this.#locked) return failed('not-locked')
    const { sealed, protection } = this.#locked
    const plain = await unprotect(sealed, passphrase, protection, noData)
    passphrase.fill(0)
    if (!plain) return failed('wrong-passphrase')
    // Forgotten in the meantime.
    if (!this.#locked) return failed('not-locked')
    this.#locked = undefined
    for (const held of heldKeysCodec.decode(plain)) this.#add(held)
    plain.fill(0)
    return done
  }
}

const done: AgentResponse = { kind: 'done', body: {} }
const failed = (code: AgentErrorCode): AgentResponse => ({ kind: 'failed', body: { code } })
