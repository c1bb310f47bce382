import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { link, stat, truncate, unlink } from 'node:fs/promises'
import type { NodeConnection } from '@cresset/access-client'
import {
  type Block,
  blockCodecFor,
  commitCertificateCodec,
  decodeValidators,
  type EngineName,
  type ExportedBlock,
  ExportFollower,
  exportHead,
  exportLine,
  genesisDigest,
  LedgerExportError,
  readExportHead,
  type ValidatorSet,
} from '@cresset/core-chain'
import { type Codec, equalBytes, fromBase64Url, fromHex, toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { readExportLines } from '../../export-lines.ts'

interface Options {
  readonly resume?: boolean
}

export function ledgerExport(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('export')
    .description('write genesis and all blocks with their certificates into a file, each checked before it is written')
    .argument('<file>', 'new file; FILE.partial until it is complete')
    .option('--resume', 'go on with FILE.partial of an export that was broken off')
  kit.add<Options>(command, 'cresset ledger export acme.ledger', async (context, [path = ''], { resume }) => {
    const partial = `${path}.partial`
    if (await exists(path)) throw new UsageError(`${path} exists; choose another file`)
    const begun = await exists(partial)
    if (begun && !resume) throw new UsageError(`${partial} exists; give --resume to go on with it, or delete it`)
    const client = await context.client()
    const { genesis } = client
    const codec = blockCodecFor(genesis.parameters)
    let follower = new ExportFollower(genesis)
    if (begun) follower = await followPartial(partial, follower)
    const latest = await client.connection.first((node) => node.get('/v1/blocks/latest'))
    const { height: last } = latest as { height: number }

    /** The next block, checked; undefined behind the last one. */
    const next = async (): Promise<ExportedBlock | undefined> => {
      const height = follower.height + 1
      if (height > last) return undefined
      try {
        return await client.connection.first((node) => nextBlock(node, follower, codec))
      } catch (error) {
        if (!(error instanceof ClientError) || error.code !== 'height-not-kept') throw error
        throw new ClientError(
          'not-found',
          error.code,
          `an export has every block from the first on: ${error.message}, with --node`,
          { cause: error },
        )
      }
    }
    // Before there is a file: a node that forgot the first blocks leaves none behind.
    const first = await next()

    // One block at a time is in memory; the stream says when the disk is behind.
    const file = createWriteStream(partial, { flags: begun ? 'a' : 'wx', mode: 0o644 })
    const failed = once(file, 'error').then(([error]) => Promise.reject(error))
    failed.catch(() => {})
    const write = async (line: string): Promise<void> => {
      if (!file.write(`${line}\n`)) await Promise.race([once(file, 'drain'), failed])
    }
    try {
      if (!begun) await write(exportHead(genesis))
      for (let entry = first; entry !== undefined; entry = await next()) {
        await write(exportLine(genesis, entry))
        const { height } = follower
        if (height % 1_000 === 0) context.output.note(`block ${height} of ${last}`)
      }
    } finally {
      file.end()
      await Promise.race([once(file, 'close'), failed])
    }
    // Unlike a rename, a link never replaces a file that came to be meanwhile.
    await link(partial, path)
    await unlink(partial)
    const { height, blockHash } = follower
    context.output.result({ file: path, height, blockHash, genesis: genesisDigest(genesis) }, [
      `wrote ${path}: genesis and ${height} blocks, to ${toHex(blockHash)}`,
      `each is certified by the validators of its time, beginning with those of genesis ${toHex(genesisDigest(genesis))}`,
    ])
  })
}

async function nextBlock(node: NodeConnection, follower: ExportFollower, codec: Codec<Block>): Promise<ExportedBlock> {
  const height = follower.height + 1
  const answer = (await node.get(`/v1/blocks/${height}`)) as { block: string; certificate: string }
  try {
    const block = codec.decode(fromHex(answer.block))
    const certificate = commitCertificateCodec.decode(fromHex(answer.certificate))
    const { validatorsHash, nextValidatorsHash } = block.header
    const changes = !equalBytes(validatorsHash, nextValidatorsHash)
    const nextValidators = changes ? await nextValidatorsAt(node, height, follower.genesis.engine) : undefined
    const entry = { block, certificate, nextValidators }
    follower.accept(entry)
    return entry
  } catch (error) {
    const why = error instanceof LedgerExportError ? error.code : 'it cannot be read'
    throw new ClientError(
      'not-verified',
      'bad-block',
      `${node.address} gave block ${height}, which does not prove itself: ${why}`,
    )
  }
}

/** Those that a header names for the next height, as the node says; the header's hash tells whether it is true. */
async function nextValidatorsAt(
  node: { get(path: string): Promise<unknown> },
  height: number,
  engine: EngineName,
): Promise<ValidatorSet> {
  const { nextValidators } = (await node.get(`/v1/headers/${height}`)) as { nextValidators: string }
  return decodeValidators(fromBase64Url(nextValidators), engine)
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

/** Checks what is there again; a last line that was cut is taken off. */
async function followPartial(path: string, follower: ExportFollower): Promise<ExportFollower> {
  let bytes = 0
  try {
    for await (const { text, endOffset, isWhole } of readExportLines(path)) {
      if (!isWhole) break
      if (bytes > 0) follower.line(text)
      else if (!equalBytes(genesisDigest(readExportHead(text)), genesisDigest(follower.genesis))) {
        throw new UsageError(`${path} is of another ledger`)
      }
      bytes = endOffset
    }
  } catch (error) {
    if (error instanceof LedgerExportError) throw new UsageError(`${path}: ${error.message}`)
    throw error
  }
  if (bytes === 0) throw new UsageError(`${path} holds nothing to go on with; delete it`)
  await truncate(path, bytes)
  return follower
}
