import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'
import { withNodeErrors } from './start-problem.ts'

interface Options {
  readonly dir: string
}

export function nodeStatus(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('status')
    .description('what the node of a folder does, or what keeps it from doing it')
    .option('--dir <folder>', 'folder of the node', 'node')
  kit.add<Options>(command, 'cresset node status --dir node', async (context, _positional, { dir }) => {
    const { examineNode } = await import('@cresset/node/folder')
    const { name, kind, status, problems, next } = await withNodeErrors(() =>
      examineNode(dir, context.environment.nowMs()),
    )
    const connected = status?.peers.filter((peer) => peer.connected).length
    const running = status && [
      ['ledger', status.chainId] as const,
      ['does', status.progress] as const,
      [
        'keeps',
        (status.oldestHeight ?? null) === null
          ? 'no block yet'
          : `block ${status.oldestHeight} to block ${status.height}`,
      ] as const,
      ['links', `${connected} of ${status.peers.length}`] as const,
      ['waiting', `${status.mempool.count} transactions`] as const,
    ]
    context.output.result(
      { folder: dir, name, kind, running: status !== undefined, status: status ?? null, problems },
      [
        ...columns([['node', `${name}, a ${kind}`], ...(running ?? [['does', 'nothing: it is not running'] as const])]),
        ...(problems.length > 0 ? ['', ...problems] : []),
        ...(next === undefined ? [] : [`next: ${next}`]),
      ],
    )
    if (status === undefined) throw new AnsweredError('unreachable', 'not-running', `${name} is not running`)
  })
}
