import { creditTreasury } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import type { SealEntry } from '../entries/registration.ts'

/** The part of the window in which a reveal costs nothing. */
const promptPart = 4

/**
 * What is left of the bond of a seal that is revealed now. A seal delays all younger claims while it is open, so from a
 * quarter of the window on its bond melts, evenly, to nothing at the window's end. It stays whole until each validator
 * could make a block since the seal, so that no few proposers can make a reveal late.
 */
export function bondLeft(
  { parameters, zones, ledgerTimeMs, height }: Pick<BlockContext, 'parameters' | 'zones' | 'ledgerTimeMs' | 'height'>,
  seal: SealEntry,
): bigint {
  const { revealWindowMs } = parameters
  const promptMs = Math.floor(revealWindowMs / promptPart)
  const openMs = ledgerTimeMs - seal.ledgerTimeMs
  if (openMs <= promptMs || height - seal.height <= zones.validatorCount) return seal.bond
  const leftMs = Math.max(0, revealWindowMs - openMs)
  return leftMs === 0 ? 0n : (seal.bond * BigInt(leftMs)) / BigInt(revealWindowMs - promptMs)
}

/** Takes from a seal that is being revealed what lateness costs; the treasury gets it. Returns the seal with the rest. */
export function chargeLateness(
  context: BlockContext,
  place: { readonly sender: Uint8Array; readonly sequence: number },
  seal: SealEntry,
): SealEntry {
  const bond = bondLeft(context, seal)
  if (bond === seal.bond) return seal
  const lost = seal.bond - bond
  creditTreasury(context.state, lost)
  context.events.push({
    kind: 'bondReduced',
    body: { sender: place.sender, sequence: place.sequence, lost, left: bond },
  })
  return { ...seal, bond }
}
