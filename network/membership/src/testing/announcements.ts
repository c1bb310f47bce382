import { randomBytes } from 'node:crypto'
import { type Parameters, parametersFrom } from '@cresset/core-chain'
import { generateKeyPair, type PublicKey } from '@cresset/core-crypto'
import type { NodeAnnouncement } from '../node-announcement.ts'

export const rootKey = generateKeyPair('p256', seed(250))

export function random(bytes: number): Uint8Array {
  return Uint8Array.from(randomBytes(bytes))
}

export function defaultParameters(): Parameters {
  return parametersFrom({})
}

/** A node with keys made from `number` (below 60). */
export function announcementOf(name: string, number: number): NodeAnnouncement {
  const key = (type: 'ed25519' | 'p256', use: number): PublicKey =>
    generateKeyPair(type, seed(number * 4 + use)).publicKey
  return {
    name,
    organization: 'Acme',
    roles: ['transaction', 'domain'],
    securityLevel: 1,
    identityKey: key('ed25519', 0),
    consensusKey: key('ed25519', 1),
    tlsKey: key('p256', 2),
    dnsKeys: [key('ed25519', 3)],
    endpoints: {
      agreement: `127.0.0.1:${7000 + number}`,
      api: `http://127.0.0.1:${8000 + number}`,
      dns: `127.0.0.1:${5300 + number}`,
    },
  }
}

function seed(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte)
}
