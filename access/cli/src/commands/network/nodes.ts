import { findNode, listNodes } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { rolesOf, type Stake } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { type Currency, formatAmount, formatTime } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns, table } from '../../terminal/output.ts'

interface Options {
  readonly after?: string
  readonly limit: number
}

function stakeRows({ bonded, unbonding }: Stake, currency: Currency): (readonly [string, string])[] {
  return [
    ['staked', formatAmount(bonded, currency)],
    ...unbonding.map(
      ({ amount, readyLedgerMs }) =>
        ['comes back', `${formatAmount(amount, currency)} at ${formatTime(readyLedgerMs)} of ledger time`] as const,
    ),
  ]
}

export function networkNodes(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('nodes')
    .description('nodes of the consortium, proven; with a name, all of one')
    .argument('[node]', 'name of one')
    .option('--after <name>', 'go on behind this name')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 100)).default(100))
  kit.add<Options>(command, 'cresset network nodes', async (context, [name], { after, limit }) => {
    const client = await context.client()
    if (name !== undefined) {
      const { value, rests } = await findNode(client, name)
      if (value === undefined) throw new ClientError('not-found', 'node-unknown', `there is no node ${name}`)
      const { node, power, stake } = value
      const { votingLevel } = client.genesis.parameters
      context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
        ...columns([
          ['name', node.name],
          ['organization', node.organization],
          ['id', toHex(node.id)],
          ['account', toHex(accountOf(node.identityKey))],
          ['roles', rolesOf(node.roleBits).join(', ')],
          ['security level', `${node.securityLevel} (nodes vote from level ${votingLevel} on, as genesis has it)`],
          ['validator', node.isValidator ? `yes, power ${power}` : 'no'],
          ...(stake === undefined ? [] : stakeRows(stake, await context.currency())),
          ['agreement', node.endpoints.agreement],
          ['API', node.endpoints.api],
          ['DNS', node.endpoints.dns],
          ['identity key', toHex(node.identityKey)],
          ['consensus key', toHex(node.consensusKey)],
          ...node.dnsKeys.map((key) => ['DNS key', toHex(key)] as const),
          ['TLS certificate', toHex(node.tlsFingerprint)],
          ['admitted', node.admittedHeight === 0 ? 'by genesis' : `at height ${node.admittedHeight}`],
        ]),
        restsOnLine(rests),
      ])
      return
    }
    const { value, rests } = await listNodes(client, { after, limit })
    const rows = value.nodes.map(({ node, power }) => [
      node.name,
      node.organization,
      rolesOf(node.roleBits).join(', '),
      String(node.securityLevel),
      String(power),
      node.endpoints.agreement,
    ])
    context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
      ...table(['node', 'organization', 'roles', 'level', 'power', 'agreement'], rows),
      `${value.nodes.length} of ${value.count} nodes`,
      restsOnLine(rests),
    ])
    if (value.next !== undefined) context.output.note(`there are more: --after ${value.next}`)
  })
}
