import type { PublicKey } from '@cresset/core-crypto'
import { type Agreement, agreementEntry } from '../entries/agreement.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { type AgreementListName, agreementAt, agreementCount } from './agreement-list.ts'
import { agreementId } from './statement.ts'

/** The agreement of exactly these parties on a document; keys in rising order. */
export function readAgreement(
  view: StateView,
  document: Uint8Array,
  parties: readonly PublicKey[],
): Agreement | undefined {
  return new StateOverlay(view).get(agreementEntry, stateKeys.agreement(agreementId(document, parties)))
}

export interface ListedAgreement {
  /** Its place in the list, the oldest 0. */
  readonly place: number
  readonly id: Uint8Array
  readonly agreement: Agreement
}

export interface AgreementsPage {
  /** Of the whole list. */
  readonly count: number
  /** Newest first. */
  readonly agreements: readonly ListedAgreement[]
  /** `before` of the page that follows; absent at the end. */
  readonly next: number | undefined
}

/** Agreements of a document or of a party's account, newest first: at most `limit` of those at places below `before`. */
export function readAgreements(
  view: StateView,
  list: AgreementListName,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): AgreementsPage {
  const state = new StateOverlay(view)
  const count = agreementCount(state, list)
  const agreements: ListedAgreement[] = []
  for (let place = Math.min(before ?? count, count) - 1; place >= 0 && agreements.length < limit; place--) {
    const id = agreementAt(state, list, place)
    agreements.push({ place, id, agreement: state.require(agreementEntry, stateKeys.agreement(id)) })
  }
  const last = agreements.at(-1)?.place ?? 0
  return { count, agreements, next: last > 0 ? last : undefined }
}
