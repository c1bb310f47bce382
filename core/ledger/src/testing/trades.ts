import { type KeyPair, signSync } from '@cresset/core-crypto'
import type { Action } from '../actions.ts'
import type { Code } from '../codes.ts'
import { nameEntry } from '../entries/name.ts'
import { type Offer, offersEntry } from '../entries/offer.ts'
import { stateKeys } from '../state-keys.ts'
import { type NameTransfer, nameTransferSigningBytes } from '../trade/name-transfer.ts'
import { inCurrency } from './genesis-kind.ts'
import { ownerOf } from './registrations.ts'
import { accountNamed, keyPairFor, type Scenario } from './scenario.ts'

const dayMs = 86_400_000

export interface TransferOptions {
  from?: KeyPair
  to?: KeyPair
  chainId?: string
  /** Changes what was agreed before it is signed. */
  change?: (transfer: NameTransfer) => NameTransfer
  /** In place of the two keys. */
  signers?: readonly [KeyPair, KeyPair]
}

/** A transfer that both keys signed, by default from the name's first owner to bob. */
export function makeTransfer(ledger: Scenario, name: string, options: TransferOptions = {}): Action {
  const { from = ownerOf(name), to = keyPairFor('bob'), change = (transfer) => transfer } = options
  const transfer = change({
    name,
    ownership: ledger.read(nameEntry, stateKeys.name(name))?.ownerships ?? 1,
    from: from.publicKey,
    to: to.publicKey,
    keepRecords: false,
    expiresMs: ledger.timeMs + dayMs,
  })
  const message = nameTransferSigningBytes(options.chainId ?? ledger.chainId, transfer)
  const [giver, receiver] = options.signers ?? [from, to]
  const [fromSignature, toSignature] = [signSync(giver, message), signSync(receiver, message)]
  return { kind: 'transferName', body: { transfer, fromSignature, toSignature } }
}

/** Carol pays for an offer of the name's owner: for nothing, where there is no currency. */
export function offer(
  ledger: Scenario,
  name: string,
  price: bigint,
  { owner = ownerOf(name), buyer, forMs = dayMs }: { owner?: KeyPair; buyer?: string; forMs?: number } = {},
): Code {
  const body = {
    name,
    price: inCurrency(price),
    buyer: buyer === undefined ? undefined : accountNamed(buyer),
    expiresMs: ledger.timeMs + forMs,
  }
  return ledger.run('carol', { kind: 'offerName', body }, { cosigners: [owner] })
}

export function offersOf(ledger: Scenario, name: string): readonly Offer[] {
  return ledger.read(offersEntry, stateKeys.offers(name))?.offers ?? []
}
