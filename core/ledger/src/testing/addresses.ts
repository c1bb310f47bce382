import type { KeyPair } from '@cresset/core-crypto'
import type { Action, ActionBody } from '../actions.ts'
import type { AddressRange } from '../entries/address.ts'
import { makeServer, type ServerOptions } from './hosts.ts'
import { accountNamed, keyPairFor, type Scenario } from './scenario.ts'

/** 127.0.0.0/8, held by `holder`. */
export function loopbackRange(holder = 'alice'): AddressRange {
  const prefix = Uint8Array.of(127, 0, 0, 0)
  return { prefix, prefixBits: 8, organization: 'Organization of loopback', holder: accountNamed(holder) }
}

export function confirming(address: readonly number[], name: string, host: string, isConfirmed = true): Action {
  return { kind: 'confirmAddress', body: { address: Uint8Array.from(address), name, host, isConfirmed } }
}

type Addition = ServerOptions & Partial<Pick<ActionBody<'addServer'>, 'replaces' | 'keyOverlap'>>

/** A server with a key of its own for each number. */
export function adding(ledger: Scenario, name: string, host: string, number: number, options: Addition = {}): Action {
  const { replaces, keyOverlap = 'none', ...server } = options
  const made = makeServer(ledger, name, host, { key: serverKey(number), addresses: [[127, 0, 0, number]], ...server })
  return { kind: 'addServer', body: { name, host, server: made, replaces, keyOverlap } }
}

export function withdrawing(
  name: string,
  host: string,
  number: number,
  keyOverlap: ActionBody<'withdrawServer'>['keyOverlap'] = 'none',
): Action {
  return { kind: 'withdrawServer', body: { name, host, publicKey: serverKey(number).publicKey, keyOverlap } }
}

export function serverKey(number: number): KeyPair {
  return keyPairFor(`server ${number}`, 'p256')
}
