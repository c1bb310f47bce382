import {
  blockCodecFor,
  blockHash,
  checkCommitCertificate,
  commitCertificateCodec,
  nodeIdOf,
  transactionsRoot,
} from '@cresset/core-chain'
import { equalBytes, fromHex, toHex } from '@cresset/core-codec'
import { transactionId } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { columns } from '../../terminal/output.ts'

export function ledgerBlock(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('block')
    .description('a block, checked against its certificate')
    .argument('<height>', 'height or "latest"')
  kit.add(command, 'cresset ledger block latest', async (context, [height = '']) => {
    if (height !== 'latest' && !/^\d{1,15}$/.test(height))
      throw new UsageError(`"${height}" is not a height; give a number or "latest"`)
    const client = await context.client()
    const checked = await client.connection.first(async (node) => {
      const answer = (await node.get(`/v1/blocks/${height}`)) as { block: string; certificate: string }
      const block = blockCodecFor(client.genesis.parameters).decode(fromHex(answer.block))
      const certificate = commitCertificateCodec.decode(fromHex(answer.certificate))
      const hash = blockHash(block.header)
      const isWhole =
        equalBytes(hash, certificate.blockHash) &&
        equalBytes(block.header.transactionsRoot, transactionsRoot(block.transactions))
      const verdict = checkCommitCertificate(certificate, client.trust.validators, client.chainId)
      if (!isWhole || verdict !== 'ok' || (height !== 'latest' && block.header.height !== Number(height))) {
        throw new ClientError(
          'not-verified',
          'bad-block',
          `${node.address} gave a block that its certificate does not prove`,
        )
      }
      return { block, certificate, hash }
    })
    const { header, transactions } = checked.block
    const proposer = client.genesis.nodes.find((node) => equalBytes(nodeIdOf(node), header.proposer))?.name
    const ids = transactions.map((bytes) => toHex(transactionId(bytes)))
    context.output.result(
      {
        ...header,
        hash: checked.hash,
        stateRoot: checked.certificate.stateRoot,
        view: checked.certificate.view,
        signers: checked.certificate.signatures.length,
        transactions: ids,
      },
      [
        ...columns([
          ['height', String(header.height)],
          ['hash', toHex(checked.hash)],
          ['time', formatTime(header.timeMs)],
          ['proposer', `${proposer ?? 'unknown'} (${toHex(header.proposer)})`],
          ['parent', toHex(header.parentHash)],
          ['state root', toHex(checked.certificate.stateRoot)],
          [
            'votes',
            `${checked.certificate.signatures.length} of ${client.trust.validators.validators.length}, in view ${checked.certificate.view}`,
          ],
          ['transactions', String(ids.length)],
        ]),
        ...ids.map((id) => `  ${id}`),
      ],
    )
  })
}
