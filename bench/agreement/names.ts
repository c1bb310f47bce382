import { setTimeout as delay } from 'node:timers/promises'
import { accountOf, generateKeyPair, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import { type Action, registrationSigningBytes, sealRegistration, signTransactionSync } from '@cresset/core-ledger'
import type { LocalNetwork } from '../network/local-network.ts'
import { saturate } from '../pbft/load.ts'

const ACCOUNTS = 400
const BATCH = 4_000
const WAITING = 6_000
const VALID_MS = 6 * 3_600_000
const DEPOSIT = 1_000_000n

export const nameOf = (serial: number): string => `name-${serial}`

const encoder = new TextEncoder()

/** Accounts that register names as fast as the network takes them: seals of a batch, then their reveals. */
export class NameRegistrations {
  readonly #pairs: readonly KeyPair[] = Array.from({ length: ACCOUNTS }, (_, index) =>
    generateKeyPair('ed25519', sha256(encoder.encode(`names ${index}`))),
  )
  readonly #sequences = new Uint32Array(ACCOUNTS)

  get funding() {
    return this.#pairs.map(({ publicKey }) => ({ account: accountOf(publicKey), amount: 10n ** 12n }))
  }

  async register(network: LocalNetwork, count: number, zone: string, progress: (line: string) => void): Promise<void> {
    const chainId = await network.chainId()
    for (let first = 0; first < count; first += BATCH) {
      progress(`${first} of ${count} names`)
      const serials = Array.from({ length: Math.min(BATCH, count - first) }, (_, index) => first + index)
      const seals = serials.map((serial) => this.#seal(serial, chainId, zone))
      await sendAll(
        network,
        seals.map(({ bytes }) => bytes),
      )
      await sendAll(
        network,
        seals.map(({ reveal }) => this.#sign(reveal.owner, chainId, reveal.action)),
      )
    }
    // Claims become names some at a time, block by block.
    progress(`${count} names are claimed`)
    const last = `${network.runningApis()[0]}/v1/names/${nameOf(count - 1)}.${zone}`
    for (let status: string | undefined; status !== 'active'; await delay(50)) {
      status = ((await (await fetch(last)).json()) as { value: { status: string } }).value.status
    }
  }

  #seal(serial: number, chainId: string, zone: string) {
    const owner = serial % ACCOUNTS
    const pair = this.#pairs[owner]!
    const sequence = this.#sequences[owner]!
    const sender = accountOf(pair.publicKey)
    const place = { chainId, sender, sequence }
    const statement = {
      zone,
      label: nameOf(serial),
      primaryKey: pair.publicKey,
      certificateInformation: undefined,
      deposit: DEPOSIT,
    }
    const secret = sha256(encoder.encode(`secret ${serial}`))
    const salt = sha256(encoder.encode(`salt ${serial}`)).subarray(0, 16)
    const signature = signSync(pair, registrationSigningBytes(place, statement))
    const body = sealRegistration(place, { ...statement, signature }, { r: secret, salt })
    const action: Action = { kind: 'reveal', body: { sender, sequence, secret } }
    return { bytes: this.#sign(owner, chainId, { kind: 'seal', body }), reveal: { owner, action } }
  }

  #sign(owner: number, chainId: string, action: Action): Uint8Array {
    const pair = this.#pairs[owner]!
    const sequence = this.#sequences[owner]!++
    const validUntilMs = Date.now() + VALID_MS
    return signTransactionSync({ chainId, signers: [pair.publicKey], sequence, validUntilMs, fee: 5_000n, action }, [
      pair,
    ])
  }
}

/** Resolves when none of them waits any more. */
async function sendAll(network: LocalNetwork, transactions: readonly Uint8Array[]): Promise<void> {
  await saturate(network, transactions, { waiting: WAITING, untilMs: () => false })
  for (const api of network.runningApis()) {
    const index = network.apis.indexOf(api)
    while ((await network.status(index)).mempool.count > 0) await delay(20)
  }
}
