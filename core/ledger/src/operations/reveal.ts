import { CodecError, equalBytes } from '@cresset/core-codec'
import { checkSignature, publicKeyProblem, sealCommitment } from '@cresset/core-crypto'
import { accountAt, credit, debitAt } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import type { Code, Refusal } from '../codes.ts'
import { firstChargeQuanta, fundOf, maxQuanta, quantaIn } from '../deposit/fund.ts'
import { leaseEntry } from '../entries/lease.ts'
import { type Claim, claimEntry, type SealEntry, sealEntry } from '../entries/registration.ts'
import { endingCost } from '../names/ending-cost.ts'
import { expireName } from '../names/expire-name.ts'
import { ledgerNameProblem } from '../names/ledger-name.ts'
import { type NameStanding, standingOf } from '../names/status.ts'
import { chargeLateness } from '../registration/late-reveal.ts'
import { dequeue, markClaimed } from '../registration/queue.ts'
import {
  openSealedRegistration,
  registrationSigningBytes,
  type SealedRegistration,
  type SealPlace,
  sealedRegistrationCodec,
} from '../registration/sealed-registration.ts'
import { closeSeal, forgetSeal } from '../registration/settle.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/**
 * Opens a seal with its secret, whoever knows it. With the right secret the seal is closed whatever it holds: it becomes a
 * claim, or the code says why not and the bond goes back (somebody was first) or is lost (the seal could never be good).
 */
export const reveal: Operation<'reveal'> = (context, _prepared, { sender, sequence, secret }) => {
  const { state, height, chainId } = context
  const open = state.get(sealEntry, stateKeys.seal(sender, sequence))
  if (open === undefined) return 'seal-unknown'
  if (open.height === height) return 'seal-in-same-block'
  if (!equalBytes(sealCommitment(secret), open.commitment)) return 'seal-secret-wrong'

  const place: SealPlace = { chainId, sender, sequence }
  const seal = chargeLateness(context, place, open)
  const registration = openRegistration(context, place, seal, secret)
  if (typeof registration === 'string') return close(context, place, seal, 'treasury', registration)
  const name = `${registration.label}.${registration.zone}`
  const standing = standingOf(state, name, context.ledgerTimeMs, context.parameters)
  const taken = rivalOf(context, name, standing, seal)
  if (taken !== undefined) return close(context, place, seal, 'sender', taken)
  const depositQuanta = Number(quantaIn(registration.deposit, context.parameters))
  const deposit = BigInt(depositQuanta) * context.parameters.quantum
  const senderKey = stateKeys.account(sender)
  if (accountAt(state, senderKey).balance < deposit) return close(context, place, seal, 'treasury', 'deposit-unpaid')

  removeRemains(context, name, standing)
  beatYoungerClaim(context, name)
  debitAt(state, senderKey, deposit)
  forgetSeal(context, sender, sequence)
  markClaimed(state, seal.order, name)
  const { primaryKey, certificateInformation } = registration
  const { order, bond } = seal
  const claim = { name, order, sender, sequence, primaryKey, certificateInformation, depositQuanta, deposit, bond }
  state.put(claimEntry, stateKeys.claim(name), claim)
  context.events.push({ kind: 'claimMade', body: { name, sender, sequence, order } })
  return 'ok'
}

function close(
  context: BlockContext,
  place: SealPlace,
  seal: SealEntry,
  bondTo: 'sender' | 'treasury',
  code: Refusal,
): Code {
  closeSeal(context, place, seal, bondTo, code)
  return code
}

/** What the seal holds, or why it could never have registered anything. */
function openRegistration(
  { zones, parameters, state }: BlockContext,
  place: SealPlace,
  seal: SealEntry,
  secret: Uint8Array,
): SealedRegistration | Refusal {
  const plaintext = openSealedRegistration(place, seal, secret)
  if (plaintext === undefined) return 'seal-unopenable'
  let registration: SealedRegistration
  try {
    registration = sealedRegistrationCodec.decode(plaintext)
  } catch (error) {
    if (error instanceof CodecError) return 'registration-malformed'
    throw error
  }
  const { zone, label, primaryKey, signature, deposit } = registration
  if (!zones.zones.includes(zone)) return 'zone-unknown'
  const problem = ledgerNameProblem(`${label}.${zone}`, zones.zones)
  if (problem !== undefined) return problem
  if (publicKeyProblem(primaryKey) !== undefined) return 'registration-key-bad'
  if (!checkSignature(primaryKey, registrationSigningBytes(place, registration), signature)) {
    return 'registration-signature-bad'
  }
  const quanta = quantaIn(deposit, parameters)
  if (quanta < BigInt(firstChargeQuanta(parameters))) return 'deposit-too-small'
  if (BigInt(fundOf(state).paidQuanta) + quanta > BigInt(maxQuanta)) return 'deposit-too-large'
  return registration
}

/** Who stands before this seal, or undefined. */
function rivalOf({ state }: BlockContext, name: string, standing: NameStanding, seal: SealEntry): Refusal | undefined {
  if (standing.status === 'active' || standing.status === 'grace') return 'name-taken'
  if (standing.status === 'reserved') return 'name-reserved'
  if (seal.ledgerTimeMs < standing.sinceLedgerMs) return 'seal-before-free'
  // A reveal pays for the end of a name that holds little; the sweep has to take out others.
  const remains = standing.entry?.registration
  if (remains !== undefined && endingCost(remains) > 1) return 'name-reserved'
  const claim = state.get(claimEntry, stateKeys.claim(name))
  return claim !== undefined && claim.order < seal.order ? 'claim-older' : undefined
}

/** The name is free by the time, but the sweep has not taken its last registration out yet. */
function removeRemains(context: BlockContext, name: string, standing: NameStanding): void {
  if (standing.status !== 'free' || standing.entry?.registration === undefined) return
  const lease = context.state.require(leaseEntry, stateKeys.lease(name))
  expireName(context, lease, standing.sinceLedgerMs)
}

/** A claim of a younger seal gives way: its deposit and bond go back at once, because nothing can bring it back. */
function beatYoungerClaim(context: BlockContext, name: string): void {
  const { state } = context
  const beaten: Claim | undefined = state.get(claimEntry, stateKeys.claim(name))
  if (beaten === undefined) return
  const { sender, sequence, deposit, bond, order } = beaten
  dequeue(state, order)
  credit(state, sender, deposit + bond)
  context.events.push({ kind: 'claimBeaten', body: { name, sender, sequence, deposit, bond } })
}
