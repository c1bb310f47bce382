import type { Action } from './actions.ts'

/** Work units: one a signature, one a state key that the transaction can touch, ten a certificate. Told by the bytes alone. */
export const unitsPerCertificate = 10

/** State keys that every transaction touches: the payer's account and the income. */
const keysOfEvery = 2

/** Keys of one insertion into or removal from the index of paid quanta: counts, two chunks, the lease moved into the gap. */
const keysOfLeaseIndex = 4

export function unitsOf(action: Action, signers: number): number {
  return signers + keysOfEvery + unitsOfAction(action, signers)
}

function unitsOfAction(action: Action, signers: number): number {
  switch (action.kind) {
    case 'transfer':
      return 1
    case 'seal':
      // Queue, own and previous position, seal, count of open seals.
      return 5
    case 'reveal':
      // The registration's signature; queue, three positions, seal, count, claim, name, lease, fund, treasury, and what a
      // settled claim or the expiry of the name's last registration touches in turn.
      return 1 + 11 + 2 * keysOfLeaseIndex
    case 'publish': {
      const { servers } = action.body
      const certificates = servers.filter((server) => server.certificate !== undefined).length
      // Name, lease and host; a proof a server; a certificate is checked against issuer and key.
      return 3 + servers.length + certificates * unitsPerCertificate
    }
    case 'topUp':
      return 3 + 2 * keysOfLeaseIndex
    case 'cancel':
      // Name, lease, fund, the owner's account; its hosts were paid for when they were published.
      return 4 + keysOfLeaseIndex
    case 'notarize':
      return signers
  }
}
