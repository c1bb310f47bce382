import { utf8 } from '@cresset/core-codec'
import { accountOf, hmacSha256, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import {
  type Action,
  registrationSigningBytes,
  type SealPlace,
  sealRegistration,
  sealSecretContext,
  type UnsignedRegistration,
} from '@cresset/core-ledger'
import type { Finality } from './clients.ts'

export interface RegistrationOutcome {
  readonly name: string
  /** Whose name it must be: the primary key of the older seal. */
  readonly owner: Uint8Array
  readonly crossed: boolean
}

interface Party {
  readonly user: KeyPair
  readonly primaryKey: Uint8Array
  seal: string | undefined
  reveal: string | undefined
  revealing: Action | undefined
}

/** No seal can have lapsed in less block time; ledger time is never faster. */
const SAFE_MS = 50_000
const DEPOSIT = 2_000_000n

/** One name that two accounts seal one after the other and reveal the other way round. */
export class Registration {
  readonly #chainId: string
  readonly #zone: string
  readonly #label: string
  readonly #parties: readonly [Party, Party]
  outcome: RegistrationOutcome | undefined

  constructor(chainId: string, zone: string, label: string, users: readonly [KeyPair, KeyPair]) {
    this.#chainId = chainId
    this.#zone = zone
    this.#label = label
    const party = (user: KeyPair): Party => ({
      user,
      primaryKey: user.publicKey,
      seal: undefined,
      reveal: undefined,
      revealing: undefined,
    })
    this.#parties = [party(users[0]), party(users[1])]
  }

  /** Sends what is next; `submit` gives the id of what it sent. */
  goOn(finality: Finality, submit: (from: KeyPair, make: (sequence: number) => Action) => string): void {
    if (this.outcome !== undefined) return
    const [older, younger] = this.#parties
    const isFinal = (id: string | undefined): boolean => id !== undefined && finality.isCommitted(id)
    if (older.seal === undefined) older.seal = submit(older.user, (sequence) => this.#seal(older, sequence))
    else if (!isFinal(older.seal)) return
    else if (younger.seal === undefined)
      younger.seal = submit(younger.user, (sequence) => this.#seal(younger, sequence))
    else if (!isFinal(younger.seal)) return
    else if (younger.reveal === undefined) younger.reveal = submit(younger.user, () => younger.revealing as Action)
    else if (!isFinal(younger.reveal)) return
    else if (older.reveal === undefined) older.reveal = submit(older.user, () => older.revealing as Action)
    else if (isFinal(older.reveal)) {
      const tookMs = (finality.timeOf(older.reveal) ?? 0) - (finality.timeOf(older.seal) ?? 0)
      const name = `${this.#label}.${this.#zone}`
      this.outcome = { name, owner: older.primaryKey, crossed: tookMs < SAFE_MS }
    }
  }

  #seal(party: Party, sequence: number): Action {
    const { user } = party
    const place: SealPlace = { chainId: this.#chainId, sender: accountOf(user.publicKey), sequence }
    const salt = sha256(utf8(`salt ${this.#label} ${sequence}`)).slice(0, 16)
    const secret = hmacSha256(user.secret, sealSecretContext(place, salt))
    const draft: UnsignedRegistration = {
      zone: this.#zone,
      label: this.#label,
      primaryKey: party.primaryKey,
      certificateInformation: undefined,
      deposit: DEPOSIT,
    }
    const signature = signSync(user, registrationSigningBytes(place, draft))
    party.revealing = { kind: 'reveal', body: { sender: place.sender, sequence, secret } }
    return { kind: 'seal', body: sealRegistration(place, { ...draft, signature }, { r: secret, salt }) }
  }
}
