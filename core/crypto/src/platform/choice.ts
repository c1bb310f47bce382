import { fromHex } from '@cresset/core-codec'
import type { Ed25519Backend } from './interface.ts'

interface Probe {
  message: string
  publicKey: string
  signature: string
  valid: boolean
}

// The points on which builds of one library differ: numbers 3, 4 and 5 of "Taming the many EdDSAs"
// (Chalkias, Garillot, Nikolaenko 2020, table 6). 4 and 5 are valid only when the cofactor is multiplied in.
const mixedOrderKey = 'cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d'
const probes: readonly Probe[] = [
  {
    message: '9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79',
    publicKey: mixedOrderKey,
    signature:
      '9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009',
    valid: true,
  },
  {
    message: 'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    publicKey: mixedOrderKey,
    signature:
      '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
    valid: false,
  },
  {
    message: 'e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c',
    publicKey: mixedOrderKey,
    signature:
      '21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405',
    valid: false,
  },
]

/** Whether an implementation follows the cofactorless equation. Some builds of libsodium do not. */
export function isCofactorless(backend: Ed25519Backend): boolean {
  return probes.every(
    ({ message, publicKey, signature, valid }) =>
      backend.verify(fromHex(publicKey), fromHex(message), fromHex(signature)) === valid,
  )
}

/**
 * The first implementation that follows our rule, so that another release of a library on one machine makes that machine
 * slower and never of another opinion.
 */
export function chooseEd25519(candidates: readonly Ed25519Backend[]): Ed25519Backend {
  const chosen = candidates.find(isCofactorless)
  if (chosen === undefined) throw new Error('no implementation of Ed25519 here follows the cofactorless equation')
  return chosen
}
