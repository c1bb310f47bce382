import { join } from 'node:path'
import { chainIdOf } from '@cresset/core-chain'
import type { Command } from 'commander'
import { readSmallFile } from '../../bounded-file.ts'
import type { CommandKit } from '../../command-kit.ts'
import { columns } from '../../terminal/output.ts'
import { withNodeErrors } from './start-problem.ts'

interface Options {
  readonly dir: string
}

export function nodeJoin(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('join')
    .description(
      'take up a joining file: fetch genesis from the network and check it, install the certificate, and write the request that the members vote on; again, to learn where the nodes are now',
    )
    .argument('<file>', 'the joining file that "cresset network invite" wrote')
    .option('--dir <folder>', 'folder of the node', 'node')
  kit.add<Options>(command, 'cresset node join joining.json', async (context, [path = ''], { dir }) => {
    const { joinNetwork, writeRequest } = await import('@cresset/node/folder')
    const json = await readSmallFile(path)
    const joined = await withNodeErrors(() => joinNetwork(dir, json, path))
    const { genesis, joining, announcement, isFirst } = joined
    const request = join(dir, 'request.json')
    const hasRequest = joining.certificate !== undefined
    if (hasRequest) await withNodeErrors(() => writeRequest(joined, context.keySources))
    context.output.result(
      {
        folder: dir,
        chainId: chainIdOf(genesis),
        genesisDigest: joining.genesisDigest,
        nodes: joining.nodes.map(({ name }) => name),
        isFirst,
        request: hasRequest ? request : null,
      },
      [
        ...columns([
          ['ledger', chainIdOf(genesis)],
          ['genesis', `${join(dir, 'genesis.json')} (digest ${joining.genesisDigest}, as the joining file says)`],
          ['nodes', joining.nodes.map(({ name }) => name).join(', ')],
        ]),
        ...(hasRequest
          ? [
              `next: send ${request} to a member, who runs "cresset network propose add-node ${announcement.name}-request.json"`,
              `then: cresset node up --dir ${dir}, which waits until it is admitted`,
            ]
          : [`the node knows again where the others are; next: cresset node up --dir ${dir}`]),
      ],
    )
  })
}
