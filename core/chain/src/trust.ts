import { equalBytes } from '@cresset/core-codec'
import { chainIdOf, type Genesis, genesisDigest, validatorsOf } from './genesis.ts'
import { blockHash, type Header } from './header.ts'
import { type ValidatorSet, validatorsHash } from './validators.ts'

/** A header that a client takes for true, with the set that it names for the next height. Height 0 is genesis itself. */
export interface TrustedHeader {
  readonly height: number
  readonly timeMs: number
  /** At height 0 the genesis digest, which is also the parent hash of block 1. */
  readonly blockHash: Uint8Array
  /** Decides the heights after this one, until a header names another. */
  readonly validators: ValidatorSet
}

/** What a client believes without asking anybody: the newest header that it checked, and what that stands on. */
export interface Trust extends TrustedHeader {
  readonly chainId: string
  readonly genesisDigest: Uint8Array
  readonly trustingPeriodMs: number
  /** The last header trusted under each set that was replaced since, oldest first: what those sets certified can still be checked. */
  readonly earlier: readonly TrustedHeader[]
}

/** Replaced sets that are remembered; older ones are forgotten. */
export const MAX_EARLIER_SETS = 64

export function trustFromGenesis(genesis: Genesis): Trust {
  const digest = genesisDigest(genesis)
  return {
    chainId: chainIdOf(genesis),
    genesisDigest: digest,
    trustingPeriodMs: genesis.parameters.trustingPeriodMs,
    validators: validatorsOf(genesis),
    height: 0,
    timeMs: genesis.timeMs,
    blockHash: digest,
    earlier: [],
  }
}

/**
 * Trust in a block hash that a person gave, beside genesis. Header and set come from anywhere.
 * - `wrong-chain`, `wrong-height`, `wrong-block`: the header is not the one that the hash names
 * - `wrong-next-validators`: the set is not the one that the header names for the next height
 */
export type PinCode = 'wrong-chain' | 'wrong-height' | 'wrong-block' | 'wrong-next-validators'

export function trustFromHeader(
  genesis: Genesis,
  pin: { readonly height: number; readonly blockHash: Uint8Array },
  header: Header,
  nextValidators: ValidatorSet,
): { code: 'ok'; trust: Trust } | { code: PinCode } {
  const base = trustFromGenesis(genesis)
  if (header.chainId !== base.chainId) return { code: 'wrong-chain' }
  if (header.height !== pin.height) return { code: 'wrong-height' }
  if (!equalBytes(blockHash(header), pin.blockHash)) return { code: 'wrong-block' }
  if (!equalBytes(header.nextValidatorsHash, validatorsHash(nextValidators))) return { code: 'wrong-next-validators' }
  const { height, timeMs } = header
  return { code: 'ok', trust: { ...base, height, timeMs, blockHash: pin.blockHash, validators: nextValidators } }
}

/** By how many milliseconds a trusted header is too old to build on: its validators may have left since and sold their keys. */
export function expiredByMs(header: TrustedHeader, trustingPeriodMs: number, nowMs: number): number {
  return Math.max(0, nowMs - header.timeMs - trustingPeriodMs)
}

/** The trust from before a height, for what was certified then: the newest trusted header below it, else the oldest there is. */
export function trustBelow(trust: Trust, height: number): Trust {
  const { chainId, genesisDigest: digest, trustingPeriodMs } = trust
  const points: readonly TrustedHeader[] = [...trust.earlier, trust]
  const found = points.findLastIndex((point) => point.height < height)
  const index = Math.max(0, found)
  const point = points[index] as TrustedHeader
  return { chainId, genesisDigest: digest, trustingPeriodMs, ...onlyHeader(point), earlier: points.slice(0, index) }
}

function onlyHeader({ height, timeMs, blockHash: hash, validators }: TrustedHeader): TrustedHeader {
  return { height, timeMs, blockHash: hash, validators }
}

/** Moves trust to a header that was checked; the set before is remembered when another takes its place. */
export function withNewest(trust: Trust, newest: TrustedHeader, nowMs: number): Trust {
  const isSameSet = equalBytes(validatorsHash(trust.validators), validatorsHash(newest.validators))
  const earlier = isSameSet ? trust.earlier : [...trust.earlier, onlyHeader(trust)]
  return {
    ...trust,
    ...onlyHeader(newest),
    earlier: earlier
      .filter((header) => expiredByMs(header, trust.trustingPeriodMs, nowMs) === 0)
      .slice(-MAX_EARLIER_SETS),
  }
}
