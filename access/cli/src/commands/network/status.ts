import { chainIdOf } from '@cresset/core-chain'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { table } from '../../terminal/output.ts'

interface Status {
  readonly node: string
  readonly chainId: string
  readonly engine: string
  readonly height: number
  readonly timeMs: number
  readonly view: number
  readonly phase: string
  readonly peers: readonly { readonly name: string; readonly connected: boolean }[]
  readonly mempool: { readonly count: number }
  readonly problems: readonly string[]
}

export function networkStatus(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('status')
    .description('where each node stands, and what keeps the network from going on')
  kit.add(command, 'cresset network status', async (context) => {
    const client = await context.client()
    const chainId = chainIdOf(await context.genesis())
    const answers = await Promise.all(
      client.connection.nodes.map(async (address) => {
        try {
          const status = (await client.connection.at(address).get('/v1/status', 3_000)) as Status
          return { address, status, problem: undefined }
        } catch (error) {
          return { address, status: undefined, problem: error instanceof Error ? error.message : 'no answer' }
        }
      }),
    )
    const problems: string[] = []
    const rows = answers.map((answer) => {
      if (answer.status === undefined) {
        problems.push(answer.problem)
        return [answer.address, '-', '-', 'does not answer', '-', '-']
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
    const newest = answers.flatMap(({ status }) => (status ? [status] : [])).sort((a, b) => b.height - a.height)[0]
    context.output.result(
      {
        chainId,
        nodes: answers.map(({ address, status, problem }) => ({ address, ...(status ?? { problem }) })),
        problems,
      },
      [
        `ledger ${chainId}`,
        ...(newest
          ? [`newest block ${newest.height} of ${formatTime(newest.timeMs)}, agreement by ${newest.engine}`]
          : []),
        '',
        ...table(['node', 'height', 'view', 'phase', 'peers', 'waiting'], rows),
        ...(problems.length > 0 ? ['', ...problems] : []),
      ],
    )
    if (!newest)
      throw new AnsweredError('unreachable', 'no-node', 'no node answers; start the network with "cresset network up"')
  })
}
