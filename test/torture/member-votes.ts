import { accountOf, generateKeyPair, type KeyPair, keyPairSigner, sha256 } from '@cresset/core-crypto'
import { type Action, changeDigest, type LedgerChange, signTransaction } from '@cresset/core-ledger'
import { openKeyFile } from '@cresset/keys'
import type { Victims } from './victims.ts'

const VALID_MS = 6 * 3_600_000
const TIMEOUT_MS = 30_000

interface Event {
  readonly kind: string
  readonly body: { readonly proposal?: number; readonly outcome?: string }
}

/** The members of genesis, who propose and agree; one account pays for all of it. */
export class MemberVotes {
  readonly #victims: Victims
  readonly #payer: KeyPair
  #sequence = 0

  constructor(victims: Victims) {
    this.#victims = victims
    this.#payer = MemberVotes.#pair()
  }

  static #pair(): KeyPair {
    return generateKeyPair('ed25519', sha256(new TextEncoder().encode('torture members')))
  }

  static get funding() {
    return { account: accountOf(MemberVotes.#pair().publicKey), amount: 10n ** 12n }
  }

  /** One proposes, the others agree until it passes. */
  async decide(change: LedgerChange): Promise<void> {
    const [first, ...others] = this.#victims.all
    if (first === undefined) throw new Error('there is no member')
    const made = await this.#send(first.name, (node) => ({ kind: 'propose', body: { node, change } }))
    const proposal = made.find(({ kind }) => kind === 'proposalMade')?.body.proposal
    if (proposal === undefined) throw new Error(`no number for the proposal: ${JSON.stringify(made)}`)
    let events = made
    for (const { name } of others) {
      const outcome = events.find(({ kind }) => kind === 'proposalEnded')?.body.outcome
      if (outcome === 'passed') return
      if (outcome !== undefined) throw new Error(`the proposal ${change.kind} ended as ${outcome}`)
      events = await this.#send(name, (node) => ({
        kind: 'vote',
        body: { node, proposal, change: changeDigest(change), isYes: true },
      }))
    }
    if (events.find(({ kind }) => kind === 'proposalEnded')?.body.outcome !== 'passed')
      throw new Error(`all members agree, and ${change.kind} did not pass: ${JSON.stringify(events)}`)
  }

  /** Speaks for a node through the first one that answers. */
  async #send(name: string, actionOf: (node: Uint8Array) => Action): Promise<readonly Event[]> {
    const identity = await openKeyFile(this.#victims.paths.node(name).identityKey)
    const signers = [keyPairSigner(this.#payer), identity]
    const bytes = await signTransaction(
      {
        chainId: this.#victims.chainId,
        signers: signers.map(({ publicKey }) => publicKey),
        sequence: this.#sequence++,
        validUntilMs: Date.now() + VALID_MS,
        fee: 100_000n,
        action: actionOf(accountOf(identity.publicKey)),
      },
      signers,
    )
    for (const { api } of this.#victims.all) {
      const path = `/v1/transactions?wait=final&timeout=${TIMEOUT_MS}`
      const answer = await api.ask(path, { post: bytes, timeoutMs: TIMEOUT_MS + 1_000 }).catch(() => undefined)
      if (answer === undefined) continue
      const { code, events } = answer.body as { code: string; events: readonly Event[] }
      if (answer.status !== 200 || code !== 'ok') throw new Error(`${name} was refused: ${JSON.stringify(answer.body)}`)
      return events
    }
    throw new Error('no node answers the members')
  }
}
