import {
  amount,
  asciiText,
  bytes,
  type Codec,
  CodecError,
  type Decoded,
  encodeItem,
  equalBytes,
  hash32,
  optional,
  struct,
  versioned,
} from '@cresset/core-codec'
import {
  accountOf,
  checkSignature,
  openBox,
  publicKeyCodec,
  publicKeyProblem,
  sealCommitment,
  signatureCodec,
  signingBytes,
} from '@cresset/core-crypto'
import { codeNumbers, type NaiveCode } from './codes.ts'
import { endingCost, expire, firstCharge } from './deposits.ts'
import { nameProblem } from './names.ts'
import { termOf } from './orders.ts'
import { putInPlace } from './places.ts'
import type { NaiveEvent } from './receipt.ts'
import { firstRecord, nextRevision } from './records.ts'
import {
  balanceOf,
  type CertificateWish,
  type NaiveClaim,
  type NaiveParameters,
  type NaiveSeal,
  type NaiveState,
  pay,
} from './state.ts'
import { freeTimeOf, statusOf } from './status.ts'

/** docs/protocol/ledger.md, "Seals and claims". */

const settledPerBlock = 200
export const greatestDeposit = 2n ** 52n

const keyBytes = bytes({ minBytes: 1, maxBytes: 40 })
const shortText = asciiText({ maxBytes: 64 })

/** What a seal hides. */
export const registrationCodec = versioned(1, {
  zone: shortText,
  label: shortText,
  primaryKey: keyBytes,
  certificate: optional(struct({ issuerKey: publicKeyCodec, digest: hash32 })) as Codec<CertificateWish | undefined>,
  deposit: amount,
  signature: signatureCodec,
})
export type NaiveRegistration = Decoded<typeof registrationCodec>

export interface SealOrigin {
  chainId: string
  sender: Uint8Array
  sequence: number
}

export function sealContext({ chainId, sender, sequence }: SealOrigin): Uint8Array {
  return encodeItem([1, chainId, sender, sequence])
}

export function registrationText(origin: SealOrigin, r: Omit<NaiveRegistration, 'signature'>): Uint8Array {
  const wish = r.certificate === undefined ? null : [r.certificate.issuerKey, r.certificate.digest]
  const body = [1, origin.sender, origin.sequence, r.zone, r.label, r.primaryKey, wish, r.deposit]
  return signingBytes('registration', origin.chainId, encodeItem(body))
}

export interface BlockPlace {
  chainId: string
  zones: readonly string[]
  validators: number
  height: number
  now: number
}

export interface Outcome {
  code: NaiveCode
  events: NaiveEvent[]
}

export function seal(
  state: NaiveState,
  p: NaiveParameters,
  at: BlockPlace,
  from: { payer: Uint8Array; sequence: number },
  body: { salt: Uint8Array; commitment: Uint8Array; ciphertext: Uint8Array },
): Outcome {
  const bond = p.depositRateQuanta === 0 ? 0n : p.bond
  const open = state.seals.filter(({ sender }) => equalBytes(sender, from.payer)).length
  if (bond === 0n && open >= p.maxOpenSealsWithoutBond) return { code: 'too-many-open-seals', events: [] }
  if (balanceOf(state, from.payer) < bond) return { code: 'balance-too-low', events: [] }
  pay(state, from.payer, -bond)
  const order = state.nextOrder++
  const { payer: sender, sequence } = from
  state.seals.push({ ...body, order, sender, sequence, bond, ledgerTime: at.now, height: at.height })
  return { code: 'ok', events: [{ kind: 'sealMade', body: { sender, sequence, order } }] }
}

export function reveal(
  state: NaiveState,
  p: NaiveParameters,
  at: BlockPlace,
  body: { sender: Uint8Array; sequence: number; secret: Uint8Array },
): Outcome {
  const { sender, sequence, secret } = body
  const found = state.seals.find((open) => open.sequence === sequence && equalBytes(open.sender, sender))
  if (found === undefined) return { code: 'seal-unknown', events: [] }
  if (found.height === at.height) return { code: 'seal-in-same-block', events: [] }
  if (!equalBytes(sealCommitment(secret), found.commitment)) return { code: 'seal-secret-wrong', events: [] }
  const late = chargeLateness(state, p, at, found)
  const lost = (code: NaiveCode): Outcome => ({ code, events: [...late, close(state, found, code, 'treasury')] })
  const returned = (code: NaiveCode): Outcome => ({ code, events: [...late, close(state, found, code, 'sender')] })

  const origin: SealOrigin = { chainId: at.chainId, sender, sequence }
  const plaintext = openBox({ ...found, r: secret, associatedData: sealContext(origin) })
  if (plaintext === undefined) return lost('seal-unopenable')
  let registration: NaiveRegistration
  try {
    registration = registrationCodec.decode(plaintext)
  } catch (error) {
    if (error instanceof CodecError) return lost('registration-malformed')
    throw error
  }
  const { zone, label, primaryKey, certificate, deposit } = registration
  const name = `${label}.${zone}`
  if (!at.zones.includes(zone)) return lost('zone-unknown')
  const problem = nameProblem(name, at.zones)
  if (problem !== undefined) return lost(problem)
  if (publicKeyProblem(primaryKey) !== undefined) return lost('registration-key-bad')
  if (!checkSignature(primaryKey, registrationText(origin, registration), registration.signature))
    return lost('registration-signature-bad')
  const depositQuanta = p.nameTermMs > 0 ? 0n : deposit / p.quantum
  if (depositQuanta < firstCharge(p)) return lost('deposit-too-small')
  if (state.f + depositQuanta > greatestDeposit) return lost('deposit-too-large')

  const status = statusOf(state, p, name, at.now)
  if (status === 'active' || status === 'grace') return returned('name-taken')
  if (status === 'reserved') return returned('name-reserved')
  const entry = state.names.find((candidate) => candidate.name === name)
  if (entry !== undefined && found.ledgerTime < freeTimeOf(entry, p)) return returned('seal-before-free')
  if (entry?.ownership !== undefined && endingCost(entry.ownership) > 1) return returned('name-reserved')
  const rival = state.claims.find((claim) => claim.name === name)
  if (rival !== undefined && rival.order < found.order) return returned('claim-older')
  if (balanceOf(state, sender) < depositQuanta * p.quantum) return lost('deposit-unpaid')

  const events: NaiveEvent[] = late
  pay(state, sender, -(depositQuanta * p.quantum))
  if (entry?.ownership !== undefined) events.push(...expire(state, p, entry as never, at.height))
  if (rival !== undefined) {
    const back = rival.depositQuanta * p.quantum
    pay(state, rival.sender, back + rival.bond)
    state.claims = state.claims.filter((claim) => claim !== rival)
    const { sender: loser, sequence: lost, bond } = rival
    events.push({ kind: 'claimBeaten', body: { name, sender: loser, sequence: lost, deposit: back, bond } })
  }
  state.seals = state.seals.filter((open) => open !== found)
  const { order, bond } = found
  state.claims.push({ order, name, sender, sequence, primaryKey, certificate, depositQuanta, bond })
  events.push({ kind: 'claimMade', body: { name, sender, sequence, order } })
  return { code: 'ok', events }
}

/** "Late reveals": a bond melts over the last three quarters of the window. */
function chargeLateness(state: NaiveState, p: NaiveParameters, at: BlockPlace, open: NaiveSeal): NaiveEvent[] {
  const whole = open.bond
  const age = at.now - open.ledgerTime
  const prompt = Math.floor(p.revealWindowMs / 4)
  const isLate = age > prompt && at.height > open.height + at.validators
  const span = BigInt(p.revealWindowMs - prompt)
  if (isLate) open.bond = age >= p.revealWindowMs ? 0n : (whole * BigInt(p.revealWindowMs - age)) / span
  const lost = whole - open.bond
  if (lost === 0n) return []
  state.treasury += lost
  const { sender, sequence, bond: left } = open
  return [{ kind: 'bondReduced', body: { sender, sequence, lost, left } }]
}

/** The bond goes, the seal is no more. */
function close(state: NaiveState, open: NaiveSeal, reason: NaiveCode, to: 'sender' | 'treasury'): NaiveEvent {
  state.seals = state.seals.filter((other) => other !== open)
  const { sender, sequence, bond } = open
  if (to === 'sender') pay(state, sender, bond)
  else state.treasury += bond
  return {
    kind: 'sealClosed',
    body: { sender, sequence, reason: codeNumbers[reason], bond, to: to === 'sender' ? 0 : 1 },
  }
}

/** "Settling": the oldest places become names or lapse, until an open seal must be waited for. */
export function settle(state: NaiveState, p: NaiveParameters, at: BlockPlace): NaiveEvent[] {
  const events: NaiveEvent[] = []
  for (let looked = 0; looked < settledPerBlock; looked++) {
    const oldest = [...state.seals, ...state.claims].sort((a, b) => a.order - b.order)[0]
    if (oldest === undefined) break
    if ('name' in oldest) {
      events.push(...register(state, p, at, oldest))
      continue
    }
    const lapsed = at.now - oldest.ledgerTime >= p.revealWindowMs && at.height - oldest.height >= 4 * at.validators
    if (!lapsed) break
    events.push(close(state, oldest, 'expired', 'treasury'))
  }
  return events
}

function register(state: NaiveState, p: NaiveParameters, at: BlockPlace, claim: NaiveClaim): NaiveEvent[] {
  state.claims = state.claims.filter((other) => other !== claim)
  pay(state, claim.sender, claim.bond)
  const wanted = firstCharge(p)
  const charge = wanted < claim.depositQuanta ? wanted : claim.depositQuanta
  state.pot += charge * p.quantum
  const known = state.names.find((candidate) => candidate.name === claim.name)
  if (known?.ownership !== undefined) throw new Error(`${claim.name} has an owner already`)
  const entry = known ?? firstRecord(claim.name, at.height)
  if (known === undefined) state.names.push(entry)
  else nextRevision(entry, at.height)
  entry.ownerships++
  entry.freeAt = 0
  entry.ownership = {
    primaryKey: claim.primaryKey,
    height: at.height,
    ledgerTime: at.now,
    order: claim.order,
    certificate: claim.certificate,
    hosts: [],
    delegations: [],
    authority: undefined,
    encryptionKey: undefined,
    deposit: p.nameTermMs > 0 ? termOf(p) : claim.depositQuanta - charge,
    arrears: 0n,
    ranOut: undefined,
    startF: state.f,
    place: 0,
    charges: [],
    isWhole: true,
    graceTold: false,
    renewalTold: false,
    standingOrder: undefined,
  }
  const registered: NaiveEvent = {
    kind: 'nameRegistered',
    body: {
      name: claim.name,
      owner: accountOf(claim.primaryKey),
      sender: claim.sender,
      sequence: claim.sequence,
      firstCharge: charge * p.quantum,
    },
  }
  return [registered, ...putInPlace(state, entry as never)]
}
