import { proposeAgreement } from '@cresset/access-client'
import { fromHex } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { agreementLimits } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { accountForms, accountFromArgument, keyFromArgument } from '../../account-argument.ts'
import { parseAmount } from '../../amounts.ts'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { digestOf } from '../../file-digest.ts'
import { writeNewAgreementFile } from './agreement-file.ts'
import { describeDraft, draftJson } from './describe.ts'

interface Options {
  readonly party?: readonly string[]
  readonly pay?: readonly string[]
  readonly title?: string
  readonly days: number
  readonly out?: string
}

const dayMs = 86_400_000

/** A party signs, so its account alone is not enough. */
async function partyKey(context: Context, text: string): Promise<PublicKey> {
  if (/^(?:01[0-9a-f]{64}|02[0-9a-f]{66})$/.test(text)) return fromHex(text)
  if (/^[0-9a-f]{64}$/.test(text))
    throw new UsageError(`${text} is an account; a party is named by its public key ("cresset key show" tells it)`)
  return keyFromArgument(context, text, 'no public key')
}

async function parsePayment(context: Context, text: string) {
  const [from = '', to = '', amount, ...rest] = text.split('=')
  if (amount === undefined || rest.length > 0) throw new UsageError(`--pay ${text}: write --pay FROM=TO=AMOUNT`)
  return {
    from: await partyKey(context, from),
    to: await accountFromArgument(context, to),
    amount: parseAmount(amount, await context.currency()),
  }
}

export function agreePropose(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('propose')
    .description('write an agreement on a document for its parties to sign; the document stays with them')
    .argument('<document>', 'any file; all parties need the same one')
    .addOption(
      new Option('--party <key>', 'who agrees: public key in hex, or a key; repeat for 2 to 16').argParser(repeated),
    )
    .addOption(
      new Option('--pay <from=to=amount>', `a party pays an ${accountForms}; repeat for more`).argParser(repeated),
    )
    .option(
      '--title <text>',
      `what people call it, at most ${agreementLimits.titleBytes} bytes; only its hash is on the ledger`,
    )
    .addOption(new Option('--days <count>', 'how long it can be signed').argParser(wholeNumber(1, 90)).default(30))
    .option('--out <file>', 'where to write it; DOCUMENT.agreement when left out')
  kit.add<Options>(
    command,
    'cresset agree propose contract.pdf --party alice.key --party bob.key --pay alice.key=bob.key=12.5',
    async (context, [path = ''], options) => {
      const parties: PublicKey[] = []
      for (const party of options.party ?? []) parties.push(await partyKey(context, party))
      if (parties.length < 2 || parties.length > agreementLimits.parties)
        throw new UsageError(`an agreement has 2 to ${agreementLimits.parties} parties: give --party for each`)
      const transfers: Awaited<ReturnType<typeof parsePayment>>[] = []
      for (const pay of options.pay ?? []) transfers.push(await parsePayment(context, pay))
      if (transfers.length > agreementLimits.transfers)
        throw new UsageError(`an agreement moves at most ${agreementLimits.transfers} sums`)
      const titleBytes = new TextEncoder().encode(options.title ?? '').length
      if (titleBytes > agreementLimits.titleBytes)
        throw new UsageError(`the title has ${titleBytes} bytes; at most ${agreementLimits.titleBytes} are allowed`)
      const document = await digestOf(path)
      const draft = await proposeAgreement(await context.client(), {
        document,
        ...(options.title === undefined ? {} : { title: options.title }),
        parties,
        transfers,
        validForMs: options.days * dayMs,
      })
      const out = options.out ?? `${path}.agreement`
      await writeNewAgreementFile(out, draft)
      context.output.result({ file: out, ...draftJson(draft) }, [
        ...describeDraft(draft, await context.currency()),
        `wrote ${out}; next, each party: cresset agree sign ${out} ${path} --key KEY`,
      ])
    },
  )
}
