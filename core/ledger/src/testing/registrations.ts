import { utf8 } from '@cresset/core-codec'
import { hmacSha256, type KeyPair, sha256, signSync } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import type { Code } from '../codes.ts'
import type { CertificateInformation } from '../entries/registration.ts'
import {
  registrationSigningBytes,
  type SealPlace,
  sealRegistration,
  sealSecretContext,
  type UnsignedRegistration,
} from '../registration/sealed-registration.ts'
import { accountNamed, keyPairFor, type Scenario } from './scenario.ts'

export interface SealOptions {
  /** Defaults to a key of its own for each name. */
  owner?: KeyPair
  deposit?: bigint
  certificateInformation?: CertificateInformation
  sequence?: number
  chainId?: string
  /** Changes what is sealed after it was made and before it was signed. */
  change?: (registration: UnsignedRegistration) => UnsignedRegistration
}

/** A seal and its reveal, made as a client makes them. */
export interface MadeSeal {
  readonly place: SealPlace
  readonly secret: Uint8Array
  readonly seal: Action
  readonly reveal: Action
}

/** The primary key that `register` gives to a name unless told otherwise. */
export function ownerOf(name: string): KeyPair {
  return keyPairFor(`owner of ${name}`)
}

export function makeSeal(ledger: Scenario, sender: string, name: string, options: SealOptions = {}): MadeSeal {
  const sequence = options.sequence ?? ledger.nextSequence(sender)
  const place: SealPlace = { chainId: options.chainId ?? ledger.chainId, sender: accountNamed(sender), sequence }
  const salt = sha256(utf8(`salt ${sender} ${name} ${sequence}`)).slice(0, 16)
  const secret = hmacSha256(keyPairFor(sender).secret, sealSecretContext(place, salt))
  const owner = options.owner ?? ownerOf(name)
  const [label = '', ...rest] = name.split('.')
  const draft: UnsignedRegistration = {
    zone: rest.join('.'),
    label,
    primaryKey: owner.publicKey,
    certificateInformation: options.certificateInformation,
    deposit: options.deposit ?? 1_000_000n,
  }
  const registration = options.change?.(draft) ?? draft
  const signature = signSync(owner, registrationSigningBytes(place, registration))
  const sealed = sealRegistration(place, { ...registration, signature }, { r: secret, salt })
  return {
    place,
    secret,
    seal: { kind: 'seal', body: sealed },
    reveal: { kind: 'reveal', body: { sender: place.sender, sequence, secret } },
  }
}

/** Seals and reveals in two blocks; the code of the reveal. On a quiet ledger the name is registered then. */
export function register(ledger: Scenario, sender: string, name: string, options: SealOptions = {}): Code {
  const made = makeSeal(ledger, sender, name, options)
  const code = ledger.run(sender, made.seal)
  return code === 'ok' ? ledger.run(sender, made.reveal) : code
}
