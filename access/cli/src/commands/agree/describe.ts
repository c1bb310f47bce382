import { type AgreementDraft, standingOfParties } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { Agreement } from '@cresset/core-ledger'
import { type Currency, formatAmount, formatTime } from '../../amounts.ts'
import { columns } from '../../terminal/output.ts'

type Row = readonly [string, string]

function transferRows({ parties, transfers }: Pick<Agreement, 'parties' | 'transfers'>, currency: Currency): Row[] {
  return transfers.map(({ from, to, amount }) => {
    const payer = parties[from]
    return ['pays', `${payer ? toHex(accountOf(payer)) : '?'} pays ${formatAmount(amount, currency)} to ${toHex(to)}`]
  })
}

/** All that a party puts its name to. */
export function describeDraft(draft: AgreementDraft, currency: Currency): string[] {
  const standing = standingOfParties(draft)
  return columns([
    ['ledger', draft.chainId],
    ...(draft.titleText === undefined ? [] : [['title', draft.titleText] as const]),
    ['document', toHex(draft.document)],
    ...draft.parties.map(
      (key, place): Row => [
        `party ${place}`,
        `${toHex(accountOf(key))} (${standing[place] === 'bad' ? 'signature is bad' : standing[place]})`,
      ],
    ),
    ...transferRows(draft, currency),
    ['good until', formatTime(draft.expiresMs)],
  ])
}

export function draftJson(draft: AgreementDraft): Record<string, unknown> {
  const standing = standingOfParties(draft)
  return {
    chainId: draft.chainId,
    title: draft.titleText ?? null,
    document: draft.document,
    parties: draft.parties.map((key, place) => ({
      account: accountOf(key),
      publicKey: key,
      signature: standing[place],
    })),
    transfers: draft.transfers,
    expiresMs: draft.expiresMs,
    complete: standing.every((of) => of === 'signed'),
  }
}

/** One that is on the ledger. */
export function describeAgreement(agreement: Agreement, currency: Currency): string[] {
  return columns([
    ['document', toHex(agreement.document)],
    ['agreed', `in block ${agreement.height} at ${formatTime(agreement.timeMs)}`],
    ...agreement.parties.map((key): Row => ['party', toHex(accountOf(key))]),
    ...transferRows(agreement, currency),
  ])
}
