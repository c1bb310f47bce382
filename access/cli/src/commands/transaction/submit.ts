import { submitTransaction } from '@cresset/access-client'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { printSent, readHexFile } from '../../sending.ts'
import { withProgress } from '../../terminal/progress.ts'
import { signedFileHead } from './signed-file.ts'

export function transactionSubmit(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('submit')
    .description('send a signed transaction and wait for its receipt; sending it again is safe')
    .argument('<file>', 'file that "transaction sign" wrote')
  kit.add(command, 'cresset transaction submit payment.txt.signed', async (context, [path = '']) => {
    const bytes = await readHexFile(path, signedFileHead, 'a signed transaction')
    const client = await context.client()
    const sent = await withProgress(context.output, 'sending', () =>
      submitTransaction(client, bytes, context.timeoutMs),
    )
    printSent(context, sent, ['the transaction took effect'])
  })
}
