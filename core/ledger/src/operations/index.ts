import type { BlockContext } from '../block-context.ts'
import type { Code } from '../codes.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { addServer } from './add-server.ts'
import { agree } from './agree.ts'
import { buyName } from './buy-name.ts'
import { cancel } from './cancel.ts'
import { changeKey } from './change-key.ts'
import { confirmAddress } from './confirm-address.ts'
import { notarize } from './notarize.ts'
import { offerName } from './offer-name.ts'
import { propose } from './propose.ts'
import { publish } from './publish.ts'
import { renew } from './renew.ts'
import { reveal } from './reveal.ts'
import { seal } from './seal.ts'
import { setDelegation } from './set-delegation.ts'
import { setDomainCertificate } from './set-domain-certificate.ts'
import { setEncryptionKey } from './set-encryption-key.ts'
import { setRecords } from './set-records.ts'
import { setStandingOrder } from './set-standing-order.ts'
import { setZoneKeys } from './set-zone-keys.ts'
import { stake } from './stake.ts'
import { topUp } from './top-up.ts'
import { transfer } from './transfer.ts'
import { transferName } from './transfer-name.ts'
import { unstake } from './unstake.ts'
import { vote } from './vote.ts'
import { withdrawOffer } from './withdraw-offer.ts'
import { withdrawServer } from './withdraw-server.ts'

/** Runs what a transaction says; its fee was taken. */
export function runAction(context: BlockContext, prepared: PreparedTransaction): Code {
  const { action } = prepared.transaction
  switch (action.kind) {
    case 'transfer':
      return transfer(context, prepared, action.body)
    case 'seal':
      return seal(context, prepared, action.body)
    case 'reveal':
      return reveal(context, prepared, action.body)
    case 'publish':
      return publish(context, prepared, action.body)
    case 'topUp':
      return topUp(context, prepared, action.body)
    case 'cancel':
      return cancel(context, prepared, action.body)
    case 'notarize':
      return notarize(context, prepared, action.body)
    case 'agree':
      return agree(context, prepared, action.body)
    case 'setStandingOrder':
      return setStandingOrder(context, prepared, action.body)
    case 'renew':
      return renew(context, prepared, action.body)
    case 'transferName':
      return transferName(context, prepared, action.body)
    case 'offerName':
      return offerName(context, prepared, action.body)
    case 'buyName':
      return buyName(context, prepared, action.body)
    case 'withdrawOffer':
      return withdrawOffer(context, prepared, action.body)
    case 'changeKey':
      return changeKey(context, prepared, action.body)
    case 'setDomainCertificate':
      return setDomainCertificate(context, prepared, action.body)
    case 'setDelegation':
      return setDelegation(context, prepared, action.body)
    case 'setEncryptionKey':
      return setEncryptionKey(context, prepared, action.body)
    case 'confirmAddress':
      return confirmAddress(context, prepared, action.body)
    case 'addServer':
      return addServer(context, prepared, action.body)
    case 'withdrawServer':
      return withdrawServer(context, prepared, action.body)
    case 'propose':
      return propose(context, prepared, action.body)
    case 'vote':
      return vote(context, prepared, action.body)
    case 'stake':
      return stake(context, prepared, action.body)
    case 'unstake':
      return unstake(context, prepared, action.body)
    case 'setZoneKeys':
      return setZoneKeys(context, prepared, action.body)
    case 'setRecords':
      return setRecords(context, prepared, action.body)
  }
}
