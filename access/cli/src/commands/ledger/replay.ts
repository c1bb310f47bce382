import { genesisDigest, LedgerExportError, readExportHead } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { readExportLines } from '../../export-lines.ts'

export function ledgerReplay(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('replay')
    .description(
      'execute an exported ledger from its genesis and compare every root with the certified one; asks no node',
    )
    .argument('<file>', 'what "ledger export" wrote')
  kit.add(command, 'cresset ledger replay acme.ledger', async (context, [path = '']) => {
    // Loaded by the one command that executes blocks itself.
    const { ReplayMismatch, replayLedger } = await import('@cresset/node')
    let genesis = ''
    async function* lines(): AsyncGenerator<string> {
      for await (const { text, isWhole } of readExportLines(path)) {
        if (!isWhole) throw new UsageError(`${path} ends in the middle of a line`)
        if (genesis === '') genesis = toHex(genesisDigest(readExportHead(text)))
        yield text
      }
    }
    try {
      let height = 0
      let stateRoot = ''
      for await (const block of replayLedger(lines())) {
        height = block.height
        stateRoot = toHex(block.stateRoot)
        if (height % 10_000 === 0) context.output.note(`block ${height}`)
      }
      context.output.result({ file: path, height, stateRoot, genesis }, [
        `${path}: ${height} blocks give the certified roots; the last is ${stateRoot}`,
        `rests on genesis ${genesis}, which the file itself holds: compare it with the one you know`,
      ])
    } catch (error) {
      if (error instanceof ReplayMismatch || (error instanceof LedgerExportError && error.code !== 'malformed')) {
        throw new ClientError('not-verified', 'bad-export', `${path}: ${error.message}`)
      }
      if (error instanceof LedgerExportError) throw new UsageError(`${path}: ${error.message}`)
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new UsageError(`there is no file ${path}`)
      throw error
    }
  })
}
