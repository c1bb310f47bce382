import { buildSelfSignedHostCertificate } from '@cresset/core-certificates'
import { encodeItem, fromHex, utf8 } from '@cresset/core-codec'
import { accountOf, hmacSha256, type KeyPair, keyPairSigner, sealBox, sha256, signingBytes } from '@cresset/core-crypto'
import type { NaiveTable } from '../naive-ledger/record-tables.ts'
import { registrationCodec, registrationText, type SealOrigin, sealContext } from '../naive-ledger/registrations.ts'
import { transferText } from '../naive-ledger/trade.ts'
import {
  encodeTransaction,
  type NaiveAction,
  type NaiveBody,
  type NaiveUnsigned,
  signedText,
  trustSignatures,
} from '../naive-ledger/transaction.ts'
import type { NaiveZoneKeys } from '../naive-ledger/zone-keys.ts'
import { agreementBody } from './agreement-body.ts'
import { authorityFor, delegationBody } from './delegation-bodies.ts'
import { genesisTimeMs, historyChainId, otherChainId } from './genesis.ts'
import type {
  Act,
  CertificatePlan,
  NameTransferPlan,
  PublishPlan,
  SealPlan,
  ServerPlan,
  TransactionPlan,
} from './history.ts'
import { accountNamed, keyNamed } from './keys.ts'
import { changeBody } from './member-bodies.ts'
import { recordTableBody } from './record-table-body.ts'
import { signPlainly } from './sign.ts'
import { zoneKeysBody } from './zone-keys-body.ts'

interface KnownSeal {
  readonly sender: Uint8Array
  readonly sequence: number
  readonly secret: Uint8Array
  readonly body: NaiveBody<'seal'>
}

export interface Surroundings {
  readonly blockTimeMs: number
  readonly price: (bytes: number) => bigint
  /** Of an account, before the block. */
  readonly nextSequence: (account: Uint8Array) => number
  readonly ledgerTimeMs: number
  readonly height: number
  /** Digest of what is proposed under a number. */
  readonly digestOfProposal: (number: number) => Uint8Array | undefined
  readonly zoneKeysOf: (zone: string) => NaiveZoneKeys | undefined
  readonly tableOf: (name: string) => NaiveTable
  /** Owners that a name has had. */
  readonly ownershipsOf: (name: string) => number
}

/** Turns plans into signed bytes; remembers seals, so that later plans can reveal or copy them. */
export class TransactionBuilder {
  readonly #seals = new Map<string, KnownSeal>()
  readonly #transfers = new Map<string, NaiveBody<'transferName'>>()
  /** Ids of the transactions that made offers. */
  readonly #offers = new Map<string, Uint8Array>()

  /** Undefined for a plan that goes back to something that was never made. */
  async build(plans: readonly TransactionPlan[], at: Surroundings): Promise<(Uint8Array | undefined)[]> {
    const taken = new Map<string, number>()
    const built: (Uint8Array | undefined)[] = []
    for (const plan of plans) {
      const payer = accountNamed(plan.by)
      const before = taken.get(plan.by) ?? 0
      const sequence = Math.max(0, at.nextSequence(payer) + before + (plan.sequence ?? 0))
      const action = await this.#action(plan.act, { payer: keyNamed(plan.by), sequence, at })
      if (action === undefined) {
        built.push(undefined)
        continue
      }
      if (plan.sequence === undefined) taken.set(plan.by, before + 1)
      const bytes = sign(plan, action, sequence, at)
      if (plan.act.kind === 'offerName') this.#offers.set(plan.act.id, sha256(bytes))
      built.push(bytes)
    }
    return built
  }

  async #action(
    act: Act,
    from: { payer: KeyPair; sequence: number; at: Surroundings },
  ): Promise<NaiveAction | undefined> {
    switch (act.kind) {
      case 'transfer': {
        const memo = new Uint8Array(act.memo ?? 0)
        return { kind: 'transfer', body: { to: accountNamed(act.to), amount: BigInt(act.amount), memo } }
      }
      case 'seal':
        return { kind: 'seal', body: await this.#seal(act, from) }
      case 'copySeal': {
        const of = this.#seals.get(act.of)
        if (of === undefined) return undefined
        this.#seals.set(act.id, { ...of, sender: accountOf(from.payer.publicKey), sequence: from.sequence })
        return { kind: 'seal', body: of.body }
      }
      case 'reveal': {
        const seal = this.#seals.get(act.id)
        if (seal === undefined) return undefined
        const secret = act.wrong === 'secret' ? sha256(seal.secret) : seal.secret
        const sequence = seal.sequence + (act.wrong === 'sequence' ? 1 : 0)
        return { kind: 'reveal', body: { sender: seal.sender, sequence, secret } }
      }
      case 'publish':
        return { kind: 'publish', body: await publishBody(act) }
      case 'topUp':
        return { kind: 'topUp', body: { name: act.name, amount: BigInt(act.amount) } }
      case 'cancel':
        return { kind: 'cancel', body: { name: act.name } }
      case 'setStandingOrder': {
        const { name, refill, cap } = act
        const order = refill === undefined ? undefined : { refill: BigInt(refill), cap: BigInt(cap ?? refill) }
        return { kind: 'setStandingOrder', body: { name, order } }
      }
      case 'renew':
        return { kind: 'renew', body: { name: act.name } }
      case 'notarize':
        return { kind: 'notarize', body: { hash: sha256(utf8(act.words)), form: act.form ?? 0 } }
      case 'agree':
        return { kind: 'agree', body: agreementBody(act, from.at.ledgerTimeMs) }
      case 'transferName': {
        const made = act.again === undefined ? transferBody(act, from.at) : this.#transfers.get(act.again)
        if (made === undefined) return undefined
        this.#transfers.set(act.id, made)
        return { kind: 'transferName', body: made }
      }
      case 'offerName': {
        const buyer = act.buyer === undefined ? undefined : accountNamed(act.buyer)
        const expires = Math.max(0, from.at.ledgerTimeMs + act.forMs)
        return { kind: 'offerName', body: { name: act.name, price: BigInt(act.price), buyer, expires } }
      }
      case 'buyName': {
        const offer = this.#offers.get(act.offer)
        if (offer === undefined) return undefined
        const { name } = act
        const terms = { seller: accountNamed(act.seller), highestPrice: BigInt(act.highest) }
        return { kind: 'buyName', body: { name, offer, ...terms, primaryKey: keyNamed(act.owner).publicKey } }
      }
      case 'withdrawOffer': {
        const offer = this.#offers.get(act.offer)
        return offer && { kind: 'withdrawOffer', body: { name: act.name, offer } }
      }
      case 'setDomainCertificate': {
        const certificate = act.certificate && (await authorityFor(act.certificate))
        return { kind: 'setDomainCertificate', body: { name: act.name, certificate } }
      }
      case 'setDelegation':
        return { kind: 'setDelegation', body: await delegationBody(act) }
      case 'setEncryptionKey':
        return {
          kind: 'setEncryptionKey',
          body: { name: act.name, key: act.key === undefined ? undefined : fromHex(act.key) },
        }
      case 'propose':
        return {
          kind: 'propose',
          body: { node: accountNamed(act.node), change: changeBody(act.change, from.at.height) },
        }
      case 'vote': {
        const { proposal, yes: isYes } = act
        const digest = from.at.digestOfProposal(proposal) ?? new Uint8Array(32)
        const change = act.wrong ? sha256(digest) : digest
        return { kind: 'vote', body: { node: accountNamed(act.node), proposal, change, isYes } }
      }
      case 'stake':
      case 'unstake':
        return { kind: act.kind, body: { node: accountNamed(act.node), amount: BigInt(act.amount) } }
      case 'addServer': {
        const { name, host, server, replaces, overlap } = act
        const key = replaces === undefined ? undefined : keyNamed(replaces).publicKey
        const body = { name, host, server: await serverBody(act, server), replaces: key, keyOverlap: overlap }
        return { kind: 'addServer', body }
      }
      case 'withdrawServer': {
        const { name, host, key, overlap } = act
        return { kind: 'withdrawServer', body: { name, host, publicKey: keyNamed(key).publicKey, keyOverlap: overlap } }
      }
      case 'confirmAddress': {
        const { name, host, address, isConfirmed } = act
        return { kind: 'confirmAddress', body: { address: fromHex(address), name, host, isConfirmed } }
      }
      case 'setZoneKeys':
        return { kind: 'setZoneKeys', body: zoneKeysBody(act, from.at) }
      case 'setRecords':
        return { kind: 'setRecords', body: recordTableBody(act, from.at.tableOf(act.name)) }
      case 'changeKey':
        return { kind: 'changeKey', body: { name: act.name, newKey: keyNamed(act.to).publicKey } }
    }
  }

  async #seal(plan: SealPlan, { payer, sequence }: { payer: KeyPair; sequence: number }): Promise<NaiveBody<'seal'>> {
    const sender = accountOf(payer.publicKey)
    const origin: SealOrigin = {
      chainId: plan.wrong === 'chain' ? otherChainId : historyChainId,
      sender,
      sequence: sequence + (plan.wrong === 'sequence' ? 1 : 0),
    }
    const owner = keyNamed(plan.owner)
    const certificate = plan.certificate && (await certificateFor(plan.certificate))
    const unsigned = {
      zone: plan.zone,
      label: plan.label,
      primaryKey: plan.wrong === 'key' ? owner.publicKey.with(0, 9) : owner.publicKey,
      certificate: certificate && {
        issuerKey: keyNamed((plan.certificate as CertificatePlan).key).publicKey,
        digest: sha256(certificate),
      },
      deposit: BigInt(plan.deposit),
    }
    const signature = signPlainly(
      plan.wrong === 'signature' ? anotherKey(owner) : owner,
      registrationText(origin, unsigned),
    )
    const complete = registrationCodec.encode({ ...unsigned, signature })
    const plaintext = withFlip(plan.wrong === 'plaintext' ? complete.subarray(1) : complete, plan.flip)
    const salt = sha256(utf8(`salt ${plan.id}`)).slice(0, 16)
    const context = signingBytes('seal-secret', origin.chainId, encodeItem([1, origin.chainId, sender, sequence, salt]))
    const secret = hmacSha256(payer.secret, context)
    const sealed = sealBox({ r: secret, plaintext, associatedData: sealContext(origin), salt })
    const body = {
      salt,
      ...sealed,
      ...(plan.wrong === 'commitment' ? { ciphertext: sealed.ciphertext.map((byte) => byte ^ 1) } : {}),
    }
    this.#seals.set(plan.id, { sender, sequence, secret, body })
    return body
  }
}

function transferBody(plan: NameTransferPlan, at: Surroundings): NaiveBody<'transferName'> {
  const [from, to] = [keyNamed(plan.from), keyNamed(plan.to)]
  const transfer = {
    name: plan.name,
    ownership: Math.max(0, at.ownershipsOf(plan.name) + (plan.ownership ?? 0)),
    from: from.publicKey,
    // All ones is no point of either curve.
    to: plan.wrong === 'key' ? to.publicKey.map((byte, index) => (index === 0 ? byte : 0xff)) : to.publicKey,
    keepRecords: plan.keep ?? false,
    expires: Math.max(0, at.ledgerTimeMs + plan.forMs),
  }
  const text = transferText(plan.wrong === 'chain' ? otherChainId : historyChainId, transfer)
  const fromSignature = signPlainly(plan.wrong === 'from' ? anotherKey(from) : from, text)
  return { transfer, fromSignature, toSignature: signPlainly(plan.wrong === 'to' ? anotherKey(to) : to, text) }
}

/** Any other key. */
function anotherKey(owner: KeyPair): KeyPair {
  const other = keyNamed('e1')
  return other === owner ? keyNamed('e2') : other
}

async function publishBody(plan: PublishPlan): Promise<NaiveBody<'publish'>> {
  return {
    name: plan.name,
    host: plan.host,
    ttl: plan.ttl,
    servers: await Promise.all((plan.servers ?? []).map((server) => serverBody(plan, server))),
    keyOverlap: plan.overlap ?? 0,
    services: (plan.services ?? []).map(([port, protocol, web]) => ({ port, protocol, web })),
    recordSets: (plan.recordSets ?? []).map(({ type, ttl, data }) => ({
      type,
      ttl,
      data: data.map((hex) => fromHex(hex)),
    })),
  }
}

async function serverBody({ name, host, owner }: Pick<PublishPlan, 'name' | 'host' | 'owner'>, plan: ServerPlan) {
  const key = keyNamed(plan.key)
  const account = accountNamed(plan.wrong === 'owner' ? `${owner}x` : owner)
  const proven = signingBytes('host-key', historyChainId, encodeItem([1, name, host, account]))
  const proof = signPlainly(key, proven)
  return {
    addresses: plan.addresses.map((hex) => fromHex(hex)),
    // A point that is not on the curve, or not canonical, with the right tag and length.
    publicKey: plan.wrong === 'key' ? key.publicKey.map((byte, index) => (index === 0 ? byte : 0xff)) : key.publicKey,
    keyProof: plan.wrong === 'proof' ? proof.with(5, (proof[5] as number) ^ 1) : proof,
    certificate: plan.certificate && (await certificateFor(plan.certificate)),
    weight: plan.weight ?? 1,
  }
}

const certificates = new Map<string, Promise<Uint8Array>>()

async function certificateFor(plan: CertificatePlan): Promise<Uint8Array> {
  const words = JSON.stringify(plan)
  const known = certificates.get(words) ?? makeCertificate(plan)
  certificates.set(words, known)
  const made = await known
  return plan.damage ? made.with(10, (made[10] as number) ^ 0x41) : made
}

function makeCertificate({
  key,
  host,
  fromMs = 0,
  lifetimeMs = 90 * 86_400_000,
}: CertificatePlan): Promise<Uint8Array> {
  const random = sha256(utf8(`serial ${key} ${host}`)).slice(0, 16)
  const nowMs = genesisTimeMs + fromMs
  return buildSelfSignedHostCertificate({ hosts: [host], nowMs, lifetimeMs, random }, keyPairSigner(keyNamed(key)))
}

function sign(plan: TransactionPlan, action: NaiveAction, sequence: number, at: Surroundings): Uint8Array {
  const pairs = [plan.by, ...(plan.with ?? [])].map(keyNamed)
  if (plan.damage === 'signer-twice') pairs.push(pairs[0] as KeyPair)
  const unsignedFor = (fee: bigint): NaiveUnsigned => ({
    chainId: plan.chain ?? historyChainId,
    signers: pairs.map(({ publicKey }) => publicKey),
    sequence,
    validUntil: Math.max(0, at.blockTimeMs + (plan.validForMs ?? 3_600_000)),
    fee,
    action,
  })
  const noSignatures = pairs.map(() => new Uint8Array(64))
  const priceAt = (fee: bigint): bigint => at.price(encodeTransaction(unsignedFor(fee), noSignatures).length)
  // The fee's own length counts, so the price is looked for until it stays.
  let price = priceAt(0n)
  while (priceAt(price) !== price) price = priceAt(price)
  const offered = price + BigInt(plan.fee ?? 0)
  const unsigned = unsignedFor(offered < 0n ? 0n : offered)
  const message = signedText(unsigned)
  const signed = encodeTransaction(
    unsigned,
    pairs.map((pair) => signPlainly(pair, message)),
  )
  // The product's judgement is compared with this.
  trustSignatures(signed)
  return withFlip(damaged(signed, plan.damage), plan.flip)
}

function damaged(bytes: Uint8Array, damage: TransactionPlan['damage']): Uint8Array {
  switch (damage) {
    case 'signature':
      return bytes.with(bytes.length - 40, (bytes[bytes.length - 40] as number) ^ 1)
    case 'trailing':
      return Uint8Array.of(...bytes, 0)
    case 'cut':
      return bytes.subarray(0, bytes.length - 1)
    default:
      return bytes
  }
}

/** One bit turned, the bits counted around. */
function withFlip(bytes: Uint8Array, bit: number | undefined): Uint8Array {
  if (bit === undefined) return bytes
  const index = Math.floor(bit / 8) % bytes.length
  return bytes.with(index, (bytes[index] as number) ^ (1 << (bit % 8)))
}
