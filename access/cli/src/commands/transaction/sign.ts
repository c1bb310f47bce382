import { writeFile } from 'node:fs/promises'
import { equalBytes, toHex, toJson } from '@cresset/core-codec'
import { joinSignatures, transactionId, transactionSigningBytes } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import { cannotMake } from '../../file-problem.ts'
import { readUnsigned } from '../../sending.ts'
import { signedFileHead } from './signed-file.ts'

export function transactionSign(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('sign')
    .description('sign a transaction from a file; needs no network')
    .argument('<file>', 'file that --offline wrote; the result goes to FILE.signed')
    .option('--out <file>', 'where to write the signed transaction')
  kit.add<{ out?: string }>(
    command,
    'cresset transaction sign payment.txt --key alice.key',
    async (context, [path = ''], options) => {
      const unsigned = await readUnsigned(path)
      const signer = await context.signer()
      const only = unsigned.signers[0]
      if (unsigned.signers.length !== 1 || !only || !equalBytes(only, signer.publicKey)) {
        throw new UsageError(
          `this transaction waits for the signature of ${unsigned.signers.map((key) => toHex(key)).join(', ')}, not of ${toHex(signer.publicKey)}`,
        )
      }
      context.output.note(
        `${unsigned.action.kind} on ${unsigned.chainId}, good until ${formatTime(unsigned.validUntilMs)}:`,
      )
      context.output.note(`  ${JSON.stringify(toJson(unsigned.action.body))}`)
      const bytes = joinSignatures(unsigned, [await signer.sign(transactionSigningBytes(unsigned))])
      const out = options.out ?? `${path}.signed`
      await writeFile(out, `${signedFileHead}\n${toHex(bytes)}\n`, { mode: 0o600, flag: 'wx' }).catch(
        cannotMake(out, 'choose another with --out'),
      )
      context.output.result({ file: out, transaction: transactionId(bytes) }, [
        `signed: ${out}`,
        `transaction ${toHex(transactionId(bytes))}`,
      ])
    },
  )
}
