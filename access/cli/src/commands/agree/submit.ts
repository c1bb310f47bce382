import { agreeAction, mergeAgreements, standingOfParties } from '@cresset/access-client'
import { toHex } from '@cresset/core-codec'
import { accountOf, type PublicKey } from '@cresset/core-crypto'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { readAgreementFile } from './agreement-file.ts'
import { describeDraft, draftJson } from './describe.ts'

export function agreeSubmit(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('submit')
      .description('carry an agreement that all parties signed to the ledger; anybody may, and pays the fee')
      .argument('<file...>', 'the agreement; several copies when the parties signed apart'),
  )
  kit.add<SendingOptions>(
    command,
    'cresset agree submit contract.pdf.agreement --key alice.key',
    async (context, [first = '', ...others], options) => {
      const copies = await Promise.all(others.map(readAgreementFile))
      const draft = mergeAgreements(await readAgreementFile(first), copies)
      // The ledger would take the fee and say the same.
      for (const [place, standing] of standingOfParties(draft).entries()) {
        if (standing === 'signed') continue
        const party = toHex(accountOf(draft.parties[place] as PublicKey))
        const words = standing === 'missing' ? 'has not signed' : 'has a signature that is not valid'
        throw new ClientError('refused', `agreement-signature-${standing}`, `party ${party} ${words}`)
      }
      const action = agreeAction(draft)
      const sent = await sendOrWrite(context, options, action, 'carrying the agreement')
      if (sent === undefined) return
      printSent(context, sent, ['agreed', ...describeDraft(draft, await context.currency())], draftJson(draft))
    },
  )
}
