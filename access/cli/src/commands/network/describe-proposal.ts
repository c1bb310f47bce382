import { type Client, explainCode } from '@cresset/access-client'
import { parameterTable } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import {
  codeOfNumber,
  type LedgerChange,
  type NodeEntry,
  type Proposal,
  readNodes,
  rolesOf,
  type Voter,
} from '@cresset/core-ledger'
import { type Currency, formatAmount, formatDuration, formatTime } from '../../amounts.ts'

/** Names of nodes by their ids in hex; of one that is gone, the beginning of its id. */
export type NodeNames = (id: Uint8Array) => string

export async function nodeNames(client: Client): Promise<NodeNames> {
  const { value: nodes } = await client.query((view) => readNodes(view), '/v1/nodes')
  const names = new Map(nodes.map(({ id, name }: NodeEntry) => [toHex(id), name]))
  return (id) => names.get(toHex(id)) ?? `${toHex(id).slice(0, 12)}…`
}

/** A change in one line. */
export function describeChange(change: LedgerChange, nameOf: NodeNames, currency: Currency): string {
  const { kind, body } = change
  switch (kind) {
    case 'addNode':
      return `admit node ${body.nodeName} of ${body.organization} at level ${body.securityLevel}, roles ${rolesOf(body.roleBits).join(', ')}, reached at ${body.endpoints.agreement}`
    case 'removeNode':
      return `remove node ${nameOf(body.node)}`
    case 'setNodeKeys':
      return `give node ${nameOf(body.node)} other keys (identity ${toHex(body.identityKey)})`
    case 'setNodeProperties':
      return `let node ${nameOf(body.node)} have level ${body.securityLevel}, roles ${rolesOf(body.roleBits).join(', ')}, reached at ${body.endpoints.agreement}, ${body.endpoints.api}, ${body.endpoints.dns}`
    case 'validatorIn':
      return `make node ${nameOf(body.node)} a validator`
    case 'validatorOut':
      return `take node ${nameOf(body.node)} out of the validators`
    case 'parameters':
      return `change ${body.changes.map(({ name, value }) => `${name} to ${describeValue(name, value, currency)}`).join(', ')}`
    case 'issueMoney':
      return `issue ${formatAmount(body.amount, currency)} to ${toHex(body.to)}`
    case 'upgrade':
      return `follow version ${body.version} of the rules from height ${body.height} on`
    case 'setZoneAnchors':
      if (body.anchors.length === 0) return `sign the zone ${body.zone} no more`
      return `let the zone ${body.zone} be signed by keys of ${body.anchors.map(toHex).join(', ')}`
  }
}

function describeValue(name: string, value: bigint, currency: Currency): string {
  const row = parameterTable.find((candidate) => candidate.name === name)
  if (row?.type === 'amount') return formatAmount(value, currency)
  return row?.type === 'milliseconds' ? formatDuration(Number(value)) : String(value)
}

/** Where a proposal stands: who agrees, how many more are needed, until when. */
export function describeStanding(
  proposal: Proposal,
  voters: readonly Voter[] | undefined,
  ledgerTimeMs: number,
  nameOf: NodeNames,
): string[] {
  const { outcome, yes, no, needed, electorate, endsLedgerMs, endedHeight, code } = proposal
  const lines = [`${yes} of ${electorate} agree, ${needed} are needed; ${no} refuse`]
  const list = (ballot: Voter['ballot']) => voters?.filter((voter) => voter.ballot === ballot) ?? []
  for (const [ballot, words] of [
    ['yes', 'agree'],
    ['no', 'refuse'],
    ['none', outcome === 'open' ? 'may still vote' : 'did not vote'],
    ['left', 'removed meanwhile'],
  ] as const) {
    const voted = list(ballot)
    if (voted.length > 0) lines.push(`${words}: ${voted.map(({ node }) => nameOf(node)).join(', ')}`)
  }
  if (outcome === 'open') {
    lines.push(
      endsLedgerMs > ledgerTimeMs
        ? `open until ${formatTime(endsLedgerMs)} of ledger time, for ${formatDuration(endsLedgerMs - ledgerTimeMs)} more`
        : 'its time is over; it ends with the next block',
    )
  } else {
    const failed = code === undefined ? '' : `: ${explainCode(codeOfNumber(code) ?? String(code))}`
    lines.push(`${outcome} at height ${endedHeight}${failed}`)
  }
  return lines
}
