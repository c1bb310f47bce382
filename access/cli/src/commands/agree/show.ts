import { listAgreements } from '@cresset/access-client'
import { fromHex, toJson } from '@cresset/core-codec'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument } from '../../account-argument.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { AnsweredError, UsageError } from '../../exit-codes.ts'
import { digestOf } from '../../file-digest.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { readAgreementFile } from './agreement-file.ts'
import { describeAgreement, describeDraft, draftJson } from './describe.ts'

interface Options {
  readonly document?: string
  readonly party?: string
  readonly before?: number
  readonly limit: number
}

export function agreeShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('an agreement in a file and who has signed it, or those on the ledger, proven')
    .argument('[file]', 'file that "agree propose" wrote')
    .addOption(
      new Option('--document <file>', 'agreements on this document, or on this SHA-256 in hex').conflicts('party'),
    )
    .option('--party <account>', `agreements of this ${accountForms}`)
    .addOption(new Option('--before <place>', 'go on below this place').argParser(wholeNumber(0, 1e15)))
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 100)).default(20))
  kit.add<Options>(command, 'cresset agree show --document contract.pdf', async (context, [path], options) => {
    const { document, party } = options
    const currency = await context.currency()
    if (path !== undefined) {
      const draft = await readAgreementFile(path)
      context.output.result({ file: path, ...draftJson(draft) }, describeDraft(draft, currency))
      return
    }
    if (document === undefined && party === undefined)
      throw new UsageError('which agreement? give its file, --document or --party')
    const list =
      document === undefined
        ? ({ kind: 'party', of: await accountFromArgument(context, party ?? '') } as const)
        : ({
            kind: 'document',
            of: /^[0-9a-f]{64}$/.test(document) ? fromHex(document) : await digestOf(document),
          } as const)
    const { value, rests } = await listAgreements(await context.client(), list, {
      before: options.before,
      limit: options.limit,
    })
    const lines = value.agreements.flatMap(({ agreement }) => [...describeAgreement(agreement, currency), ''])
    context.output.result({ ...(toJson(value) as object), rests: restsOnJson(rests) }, [
      ...(value.count === 0 ? ['no agreements'] : [...lines, `${value.agreements.length} of ${value.count}`]),
      restsOnLine(rests),
    ])
    if (value.next !== undefined) context.output.note(`there are more: --before ${value.next}`)
    if (value.count === 0) throw new AnsweredError('not-found', 'not-agreed', 'there is no such agreement')
  })
}
