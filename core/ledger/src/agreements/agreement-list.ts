import { agreementChunkEntry, agreementListEntry, agreementsPerChunk } from '../entries/agreement.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/**
 * Agreements of a document or of a party, in the order in which they were made, inside the state: so a list is proven complete.
 * Adding one touches two entries, however long the list is.
 */
export type AgreementListName =
  | { readonly kind: 'document'; readonly of: Uint8Array }
  | { readonly kind: 'party'; readonly of: Uint8Array }

type Pages = Pick<StateOverlay, 'get' | 'require'>

export function agreementCount(state: Pages, { kind, of }: AgreementListName): number {
  return state.get(agreementListEntry, stateKeys.agreementList(kind, of))?.count ?? 0
}

export function appendAgreement(state: StateOverlay, name: AgreementListName, id: Uint8Array): void {
  const { kind, of } = name
  const place = agreementCount(state, name)
  const key = stateKeys.agreementChunk(kind, of, Math.floor(place / agreementsPerChunk))
  const ids = state.get(agreementChunkEntry, key)?.ids ?? []
  state.put(agreementChunkEntry, key, { ids: [...ids, id] })
  state.put(agreementListEntry, stateKeys.agreementList(kind, of), { count: place + 1 })
}

/** The id at a place below the list's count. */
export function agreementAt(state: Pages, { kind, of }: AgreementListName, place: number): Uint8Array {
  const chunk = Math.floor(place / agreementsPerChunk)
  const { ids } = state.require(agreementChunkEntry, stateKeys.agreementChunk(kind, of, chunk))
  return ids[place % agreementsPerChunk] as Uint8Array
}
