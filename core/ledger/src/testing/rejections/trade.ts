import { accountOf } from '@cresset/core-crypto'
import type { Code } from '../../codes.ts'
import type { NameTransfer } from '../../trade/name-transfer.ts'
import {
  accountNamed,
  keyPairFor,
  makeTransfer,
  offer,
  offersOf,
  ownerOf,
  register,
  Scenario,
  type TransferOptions,
} from '../index.ts'
import type { Case } from './case.ts'

const dayMs = 86_400_000
const name = 'shop.acme'

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  return ledger
}

function transferred(options: TransferOptions): Code {
  const ledger = owned()
  return ledger.run('carol', makeTransfer(ledger, name, options))
}

function agreed(change: (transfer: NameTransfer) => NameTransfer): Code {
  return transferred({ change })
}

interface Purchase {
  offerId: Uint8Array
  seller: Uint8Array
  highestPrice: bigint
  /** Whose key the new owner has. */
  owner: string
}

/** Bob buys what is offered for 100, with one thing changed. */
function bought(change: Partial<Purchase> = {}, terms: { buyer?: string; forMs?: number } = {}): Code {
  const ledger = owned()
  offer(ledger, name, 100n, terms)
  const usual: Purchase = {
    offerId: offersOf(ledger, name)[0]?.id as Uint8Array,
    seller: accountOf(ownerOf(name).publicKey),
    highestPrice: 100n,
    owner: 'bob',
  }
  const { offerId, seller, highestPrice, owner } = { ...usual, ...change }
  const { publicKey: primaryKey } = owner === 'seller' ? ownerOf(name) : keyPairFor(owner)
  return ledger.run('bob', { kind: 'buyName', body: { name, offer: offerId, seller, highestPrice, primaryKey } })
}

export const tradeCases = {
  'transfer-signature-bad': () => transferred({ signers: [ownerOf(name), keyPairFor('carol')] }),
  'transfer-expired': () => agreed((transfer) => ({ ...transfer, expiresMs: 1 })),
  'expiry-too-far': () => agreed((transfer) => ({ ...transfer, expiresMs: transfer.expiresMs + 90 * dayMs })),
  'ownership-differs': () => agreed((transfer) => ({ ...transfer, ownership: 2 })),
  'transfer-not-from-owner': () => transferred({ from: keyPairFor('carol') }),
  'owner-already': () => transferred({ to: ownerOf(name) }),
  'new-key-bad': () => agreed((transfer) => ({ ...transfer, to: Uint8Array.of(1, ...new Uint8Array(32)) })),
  'new-key-not-signer': () => bought({ owner: 'carol' }),
  'name-not-offered': () => {
    const ledger = owned()
    const action = { kind: 'withdrawOffer', body: { name, offer: accountNamed('no offer') } } as const
    return ledger.run('alice', action, { cosigners: [ownerOf(name)] })
  },
  'offer-unknown': () => bought({ offerId: accountNamed('another offer') }),
  'offer-expired': () => bought({}, { forMs: 1_001 }),
  'offer-for-another': () => bought({}, { buyer: 'carol' }),
  'price-above-highest': () => bought({ highestPrice: 99n }),
  'seller-differs': () => bought({ seller: accountNamed('alice') }),
  'too-many-offers': () => {
    const ledger = owned()
    const codes = Array.from({ length: 9 }, (_, index) => offer(ledger, name, BigInt(index)))
    return codes.slice(0, 8).every((code) => code === 'ok') ? (codes[8] as Code) : 'ok'
  },
} as const satisfies Record<string, Case>
