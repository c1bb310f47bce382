import type { RestsOn } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { formatDuration } from './amounts.ts'

/** The line under every verified answer: what it stands on, so that nobody takes a node's word for a proof. */
export function restsOnLine(rests: RestsOn): string {
  const age = rests.ageMs < 1_000 ? 'now' : `${formatDuration(rests.ageMs)} ago`
  const { signers, validators, signedPower, totalPower } = rests
  const stake = totalPower === validators ? '' : ` with ${Math.floor((100 * signedPower) / totalPower)}% of the stake`
  return `proven at height ${rests.height} (${age}) by ${signers} of ${validators} votes${stake}, from genesis ${toHex(rests.genesisDigest).slice(0, 16)}…`
}

export function restsOnJson(rests: RestsOn): Record<string, unknown> {
  return {
    genesisDigest: rests.genesisDigest,
    height: rests.height,
    timeMs: rests.timeMs,
    ageMs: rests.ageMs,
    signers: rests.signers,
    validators: rests.validators,
  }
}
