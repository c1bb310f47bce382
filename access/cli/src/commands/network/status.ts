import { chainIdOf } from '@cresset/core-chain'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import type { AskedNode } from '../../context.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { askNodes } from '../../network/ask-nodes.ts'
import { describeStandstill, standstillOf } from '../../network/standstill.ts'
import { table } from '../../terminal/output.ts'

export function networkStatus(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('status')
    .description('where each node stands, and what keeps the network from going on')
  kit.add(command, 'cresset network status', async (context) => {
    const chainId = chainIdOf(await context.genesis())
    const answers = await askNodes(context)
    const nameOf = ({ name, address }: AskedNode): string => name ?? address
    const statuses = answers.flatMap(({ status }) => (status?.chainId === chainId ? [status] : []))
    const silent = answers.filter(({ status }) => status === undefined)
    const standstill = standstillOf(statuses, new Map(silent.map((node) => [nameOf(node), node.address])))
    const problems: string[] = []
    const rows = answers.map((answer) => {
      if (answer.status === undefined) {
        problems.push(`${nameOf(answer)}: ${answer.problem}`)
        return [nameOf(answer), '-', '-', 'does not answer', '-', '-']
      }
      const { status } = answer
      if (status.chainId !== chainId) problems.push(`${answer.address} is of another ledger: ${status.chainId}`)
      for (const problem of status.problems) problems.push(`${status.node}: ${problem}`)
      const connected = status.peers.filter((peer) => peer.connected).length
      return [
        status.node,
        String(status.height),
        String(status.view),
        status.phase,
        `${connected} of ${status.peers.length}`,
        String(status.mempool.count),
      ]
    })
    const newest = [...statuses].sort((a, b) => b.height - a.height)[0]
    // The verdict says the same of all nodes at once.
    const isTold = (line: string): boolean =>
      / (no quorum for|state roots differ at) height /.test(line) ||
      silent.some((node) => line.startsWith(`${nameOf(node)}: `))
    const rest = standstill === undefined ? problems : problems.filter((line) => !isTold(line))
    context.output.result(
      {
        chainId,
        nodes: answers.map(({ name, address, status, problem }) => ({
          address,
          ...(status ?? { node: name, problem }),
        })),
        problems,
        standstill: standstill ?? null,
      },
      [
        `ledger ${chainId}`,
        ...(newest
          ? [`newest block ${newest.height} of ${formatTime(newest.timeMs)}, agreement by ${newest.engine}`]
          : []),
        '',
        ...table(['node', 'height', 'view', 'phase', 'peers', 'waiting'], rows),
        ...(standstill === undefined ? [] : ['', ...describeStandstill(standstill)]),
        ...(rest.length > 0 ? ['', ...rest] : []),
      ],
    )
    if (!newest)
      throw new AnsweredError('unreachable', 'no-node', 'no node answers; start the network with "cresset network up"')
  })
}
