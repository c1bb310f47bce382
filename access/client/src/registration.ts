import { equalBytes, toHex } from '@cresset/core-codec'
import { accountOf, equalConstantTime, type PublicKey, SEAL_SALT_BYTES, type Signer } from '@cresset/core-crypto'
import {
  bondOf,
  firstChargeQuanta,
  type LedgerParameters,
  openSealedRegistration,
  quantaFor,
  quantaIn,
  readAccount,
  readClaim,
  readName,
  readParameters,
  readSeal,
  registrationSigningBytes,
  type SealEntry,
  type SealPlace,
  sealedRegistrationCodec,
  sealRegistration,
  sealSecretContext,
  signedLength,
  signTransaction,
  stateKeys,
  transactionFee,
  worthOf,
} from '@cresset/core-ledger'
import type { RestsOn } from './answer.ts'
import type { Client } from './client.ts'
import { ClientError } from './client-error.ts'
import { parseName, splitHost } from './names.ts'
import { explainCode, prepareTransaction, submitTransaction } from './transactions.ts'

/** Where a registration stands; each is told once it is reached. */
export type RegistrationStep =
  | { readonly step: 'sealing'; readonly name: string }
  /** The random value is in the journal and nowhere else. */
  | { readonly step: 'noted'; readonly sequence: number }
  | { readonly step: 'sealed'; readonly sequence: number; readonly transaction: Uint8Array }
  | { readonly step: 'resuming'; readonly sequence: number }
  | { readonly step: 'revealing'; readonly sequence: number }
  | { readonly step: 'claimed'; readonly name: string }
  | { readonly step: 'registered'; readonly name: string }

/** What a seal's random value belongs to. */
export interface SealReference extends SealPlace {
  readonly salt: Uint8Array
  readonly name: string
}

/** Keeps the random values of seals that cannot be found again from the key: P-256 signatures of a token differ each time. */
export interface SealJournal {
  /** Durable, and closed to others, when it resolves. */
  keep(seal: SealReference, secret: Uint8Array): Promise<void>
  find(place: SealPlace, salt: Uint8Array): Promise<Uint8Array | undefined>
  /** Of a name that is settled. */
  forget(chainId: string, sender: Uint8Array, name: string): Promise<void>
}

export interface RegistrationOptions {
  readonly name: string
  /** In smallest units. */
  readonly deposit: bigint
  /** Pays, and becomes the primary key. */
  readonly signer: Signer
  readonly randomBytes: (length: number) => Uint8Array
  /** Needed for a signer without `secretFor`. */
  readonly journal?: SealJournal | undefined
  readonly timeoutMs?: number
  readonly onStep?: (step: RegistrationStep) => void
}

export interface Registered {
  readonly name: string
  readonly rests: RestsOn
  /** Whether this call found the name already registered to the signer. */
  readonly before: boolean
}

/** Sequences below the next one that are searched for a seal of ours: later ones than these have long lapsed or been revealed. */
const searchedSequences = 40
const pollMs = 250
const SEAL_SECRET_BYTES = 32

/**
 * Deposit that keeps a name active for a span of ledger time, the first interval included, in smallest units; 0 where names run by
 * term.
 */
export async function depositFor(client: Client, spanMs: number): Promise<bigint> {
  const { value: parameters } = await client.query((view) => readParameters(view))
  const firstIntervalMs = parameters.feeEveryBlocks * parameters.maxBlockIntervalMs
  return worthOf(quantaFor(spanMs + firstIntervalMs, parameters), parameters)
}

interface OwnSeal {
  readonly place: SealPlace
  readonly secret: Uint8Array
  readonly deposit: bigint
}

/** Whether a registration with this key can be finished on any machine that has the key. */
export const isRecoverable = ({ secretFor }: Pick<Signer, 'secretFor'>): boolean => secretFor !== undefined

/** A seal of ours that is open and hides this name: found from the key and the ledger alone, or else in the journal. */
async function openSealOf(
  chainId: string,
  { signer, journal }: Pick<RegistrationOptions, 'signer' | 'journal'>,
  name: string,
  seals: readonly { readonly sequence: number; readonly seal: SealEntry }[],
): Promise<OwnSeal | undefined> {
  const sender = accountOf(signer.publicKey)
  for (const { sequence, seal } of seals) {
    const place = { chainId, sender, sequence }
    const secret = signer.secretFor
      ? await signer.secretFor(sealSecretContext(place, seal.salt))
      : await journal?.find(place, seal.salt)
    const plaintext = secret && openSealedRegistration(place, seal, secret)
    if (!secret || !plaintext) continue
    const { label, zone, primaryKey, deposit } = sealedRegistrationCodec.decode(plaintext)
    if (`${label}.${zone}` === name && equalBytes(primaryKey, signer.publicKey)) return { place, secret, deposit }
  }
  return undefined
}

/** All that a registration depends on, in one proven look. */
async function look(client: Client, name: string, key: PublicKey) {
  const sender = accountOf(key)
  const { value: account } = await client.query((view) => readAccount(view, sender), `/v1/accounts/${toHex(sender)}`)
  const first = Math.max(0, account.sequence - searchedSequences)
  const sequences = Array.from({ length: account.sequence - first }, (_, index) => first + index)
  const hints = [
    stateKeys.name(name),
    stateKeys.claim(name),
    stateKeys.parameters,
    stateKeys.time,
    stateKeys.feeFund,
    stateKeys.lease(name),
  ]
  const { value, rests } = await client.query(
    (view, at) => {
      const { status, entry } = readName(view, name, at)
      const owner = status === 'active' || status === 'grace' ? entry?.registration?.primaryKey : undefined
      const seals = sequences.flatMap((sequence) => {
        const seal = readSeal(view, sender, sequence)
        return seal ? [{ sequence, seal }] : []
      })
      const { balance } = readAccount(view, sender)
      return { seals, owner, status, claim: readClaim(view, name), balance, parameters: readParameters(view) }
    },
    [...hints, stateKeys.account(sender), ...sequences.map((sequence) => stateKeys.seal(sender, sequence))],
  )
  return { ...value, sender, rests }
}

/** A reveal that the ledger refuses costs the bond: what can be known before the seal is said before it. */
function checkMeans(balance: bigint, needed: bigint, reason: string): void {
  if (balance >= needed) return
  throw new ClientError(
    'refused',
    'balance-too-low',
    `the account has ${balance} smallest units and needs ${needed} for ${reason}: fund it first; nothing was sent`,
  )
}

interface Means {
  readonly balance: bigint
  readonly parameters: LedgerParameters
}

async function seal(client: Client, options: RegistrationOptions, means: Means): Promise<OwnSeal> {
  const { name, deposit, signer, onStep } = options
  const { parameters } = means
  const least = worthOf(firstChargeQuanta(parameters), parameters)
  if (worthOf(quantaIn(deposit, parameters), parameters) < least) {
    throw new ClientError(
      'usage',
      'deposit-too-small',
      `a deposit of ${deposit} smallest units does not cover the first interval, which costs ${least}; deposit more`,
    )
  }
  const { zone } = splitHost(name, client.genesis.zones)
  const label = name.slice(0, name.length - zone.length - 1)
  if (!signer.secretFor && !options.journal) {
    throw new ClientError(
      'usage',
      'token-cannot-seal',
      'this key only signs, and a seal needs a secret that can be found again: give a journal to keep it',
    )
  }
  onStep?.({ step: 'sealing', name })
  const placeholder = {
    kind: 'seal' as const,
    body: { salt: new Uint8Array(SEAL_SALT_BYTES), commitment: new Uint8Array(32), ciphertext: new Uint8Array(512) },
  }
  const draft = await prepareTransaction(client, [signer.publicKey], placeholder)
  const place = { chainId: client.chainId, sender: accountOf(signer.publicKey), sequence: draft.sequence }
  const opening = { sender: place.sender, sequence: draft.sequence, secret: new Uint8Array(32) }
  const revealFee = transactionFee(signedLength({ ...draft, action: { kind: 'reveal', body: opening } }), parameters)
  checkMeans(means.balance, bondOf(parameters) + deposit + draft.fee + revealFee, 'bond, deposit and two fees')
  const salt = options.randomBytes(SEAL_SALT_BYTES)
  const secret = await sealSecret(options, place, salt)
  const statement = { zone, label, primaryKey: signer.publicKey, certificateInformation: undefined, deposit }
  const signature = await signer.sign(registrationSigningBytes(place, statement))
  const body = sealRegistration(place, { ...statement, signature }, { r: secret, salt })
  const bytes = await signTransaction({ ...draft, action: { kind: 'seal', body } }, [signer])
  const { id } = await submitTransaction(client, bytes, options.timeoutMs)
  onStep?.({ step: 'sealed', sequence: draft.sequence, transaction: id })
  return { place, secret, deposit }
}

/** From the key; or random, and then in the journal before anything is sent: without it the bond is lost. */
async function sealSecret(options: RegistrationOptions, place: SealPlace, salt: Uint8Array): Promise<Uint8Array> {
  const { name, signer, journal, randomBytes, onStep } = options
  if (signer.secretFor) return signer.secretFor(sealSecretContext(place, salt))
  const secret = randomBytes(SEAL_SECRET_BYTES)
  await journal?.keep({ ...place, salt, name }, secret)
  onStep?.({ step: 'noted', sequence: place.sequence })
  return secret
}

async function reveal(client: Client, options: RegistrationOptions, { place, secret }: OwnSeal): Promise<void> {
  const { sender, sequence } = place
  options.onStep?.({ step: 'revealing', sequence })
  const draft = await prepareTransaction(client, [options.signer.publicKey], {
    kind: 'reveal',
    body: { sender, sequence, secret },
  })
  try {
    await submitTransaction(client, await signTransaction(draft, [options.signer]), options.timeoutMs)
  } catch (error) {
    // Anybody who knows the secret may reveal it, an earlier run of ours included.
    if (!(error instanceof ClientError && error.code === 'seal-unknown')) throw error
  }
}

/** Waits until the older seals are settled and the claim is the name, or has lost against one of them. */
async function awaitName(client: Client, options: RegistrationOptions, deadlineMs: number): Promise<RestsOn> {
  let told = false
  for (;;) {
    const now = await look(client, options.name, options.signer.publicKey)
    if (now.owner) {
      if (equalBytes(now.owner, options.signer.publicKey)) return now.rests
      throw new ClientError('refused', 'claim-older', `${options.name} went to another: ${explainCode('claim-older')}`)
    }
    if (!now.claim || !equalConstantTime(now.claim.sender, now.sender)) {
      throw new ClientError(
        'refused',
        'claim-older',
        `an older seal claims ${options.name}; deposit and bond came back`,
      )
    }
    if (!told) options.onStep?.({ step: 'claimed', name: options.name })
    told = true
    if (Date.now() > deadlineMs) {
      throw new ClientError(
        'not-final',
        'not-final',
        `${options.name} is claimed, and older seals are still open; run the same command again to go on waiting`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/**
 * Registers a name: seals, reveals, waits. It begins where the ledger says that an earlier run was broken off, on any machine that has the key.
 * @throws ClientError `refused` with the ledger's code; `not-final` when time ran out, and running it again goes on.
 */
export async function registerName(client: Client, options: RegistrationOptions): Promise<Registered> {
  const { signer, onStep } = options
  const name = parseName(options.name, client.genesis.zones)
  const deadlineMs = Date.now() + (options.timeoutMs ?? 120_000)
  const now = await look(client, name, signer.publicKey)
  if (now.owner) {
    if (equalBytes(now.owner, signer.publicKey)) {
      await options.journal?.forget(client.chainId, now.sender, name)
      return { name, rests: now.rests, before: true }
    }
    throw new ClientError('refused', 'name-taken', `${name} is registered to another key`)
  }
  if (now.status === 'reserved') throw new ClientError('refused', 'name-reserved', explainCode('name-reserved'))
  const isClaimed = now.claim && equalBytes(now.claim.sender, now.sender)
  if (!isClaimed) {
    let own = await openSealOf(client.chainId, options, name, now.seals)
    if (own) {
      onStep?.({ step: 'resuming', sequence: own.place.sequence })
      checkMeans(now.balance, own.deposit, 'the deposit that is sealed; without it the reveal would cost the bond')
    }
    own ??= await seal(client, { ...options, name }, now)
    await reveal(client, options, own)
  }
  const rests = await awaitName(client, { ...options, name }, deadlineMs)
  await options.journal?.forget(client.chainId, now.sender, name)
  onStep?.({ step: 'registered', name })
  return { name, rests, before: false }
}
