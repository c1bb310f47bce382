import { signAgreement } from '@cresset/access-client'
import { chainIdOf } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { digestOf } from '../../file-digest.ts'
import { readAgreementFile, replaceAgreementFile } from './agreement-file.ts'
import { describeDraft, draftJson } from './describe.ts'

export function agreeSign(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('sign')
    .description('check a document against an agreement, show what is signed, and sign it; needs no network')
    .argument('<file>', 'file that "agree propose" wrote; the signature is added to it')
    .argument('<document>', 'your own copy of the document')
  kit.add(
    command,
    'cresset agree sign contract.pdf.agreement contract.pdf --key bob.key',
    async (context, [path = '', documentPath = '']) => {
      const draft = await readAgreementFile(path)
      const digest = await digestOf(documentPath)
      if (!equalBytes(digest, draft.document)) {
        throw new ClientError(
          'refused',
          'document-differs',
          `${documentPath} is not the document of this agreement: its digest is ${toHex(digest)}, not ${toHex(draft.document)}`,
        )
      }
      const chainId = chainIdOf(await context.genesis())
      if (draft.chainId !== chainId)
        throw new ClientError('refused', 'wrong-chain', `this agreement is for ${draft.chainId}, not for ${chainId}`)
      const currency = await context.currency()
      const signer = await context.signer()
      context.output.note('signing this:')
      for (const line of describeDraft(draft, currency)) context.output.note(`  ${line}`)
      const signed = await signAgreement(draft, signer)
      await replaceAgreementFile(path, signed)
      const json = draftJson(signed)
      context.output.result({ file: path, ...json }, [
        `signed ${path}`,
        json['complete']
          ? `all parties have signed; next, anybody: cresset agree submit ${path} --key KEY`
          : 'other parties have yet to sign',
      ])
    },
  )
}
