import { verifyPast } from '@cresset/access-client'
import {
  blockCodecFor,
  bodyMatchesHeader,
  commitCertificateCodec,
  type FinalityProof,
  finalityProofCodec,
  nodeIdOf,
} from '@cresset/core-chain'
import { equalBytes, fromHex, toBase64Url, toHex } from '@cresset/core-codec'
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
      const { header } = block
      const proof: FinalityProof = {
        engine: 'quorum',
        stateHeight: header.height,
        stateRoot: certificate.stateRoot,
        evidence: { header, certificate },
      }
      const final = await client.past(node, toBase64Url(finalityProofCodec.encode(proof)), (trust) =>
        verifyPast(proof, trust, client.clock, `block ${header.height}`),
      )
      if (!bodyMatchesHeader(block) || (height !== 'latest' && header.height !== Number(height))) {
        throw new ClientError(
          'not-verified',
          'bad-block',
          `${node.address} gave a block that its certificate does not prove`,
        )
      }
      return { block, certificate, final }
    })
    const { header, transactions } = checked.block
    const proposer = client.genesis.nodes.find((node) => equalBytes(nodeIdOf(node), header.proposer))?.name
    const ids = transactions.map((bytes) => toHex(transactionId(bytes)))
    context.output.result(
      {
        ...header,
        hash: checked.final.blockHash,
        stateRoot: checked.certificate.stateRoot,
        view: checked.certificate.view,
        signers: checked.certificate.signatures.length,
        transactions: ids,
      },
      [
        ...columns([
          ['height', String(header.height)],
          ['hash', toHex(checked.final.blockHash)],
          ['time', formatTime(header.timeMs)],
          ['proposer', `${proposer ?? 'unknown'} (${toHex(header.proposer)})`],
          ['parent', toHex(header.parentHash)],
          ['state root', toHex(checked.certificate.stateRoot)],
          ['votes', `${checked.final.signers} of ${checked.final.validators}, in view ${checked.certificate.view}`],
          ['transactions', String(ids.length)],
        ]),
        ...ids.map((id) => `  ${id}`),
      ],
    )
  })
}
