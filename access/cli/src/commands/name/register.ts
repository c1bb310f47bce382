import { randomBytes } from 'node:crypto'
import { depositFor, isRecoverable, parseName, type RegistrationStep, registerName } from '@cresset/access-client'
import { type Command, Option } from 'commander'
import { formatAmount, parseAmount } from '../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { FileSealJournal, stateFolder } from '../../seal-journal.ts'
import { withProgress } from '../../terminal/progress.ts'

interface Options {
  readonly deposit?: string
  readonly days: number
}

const dayMs = 86_400_000
/** Waiting for older seals to be settled can take their whole reveal window. */
const defaultTimeoutMs = 180_000

export function describeStep(step: RegistrationStep): string {
  switch (step.step) {
    case 'sealing':
      return `sealing ${step.name}: nobody can read which name it is`
    case 'noted':
      return 'noted the random value of the seal'
    case 'sealed':
      return `sealed, as transaction ${step.sequence} of your account`
    case 'resuming':
      return `found your open seal (transaction ${step.sequence}); going on from there`
    case 'revealing':
      return 'revealing: the seal is final, so its random value can be released'
    case 'claimed':
      return `claimed ${step.name}; waiting until the older seals are settled`
    case 'registered':
      return `registered ${step.name}`
  }
}

export function nameRegister(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('register')
    .description('register a name: seal, reveal, wait. Run it again after a break and it goes on')
    .argument('<name>', 'for example shop.acme')
    .option('--deposit <amount>', 'what to deposit; fees are taken from it')
    .addOption(
      new Option('--days <count>', 'deposit enough for this many days').argParser(wholeNumber(1, 36_500)).default(90),
    )
  kit.add<Options>(
    command,
    'cresset name register shop.acme --key alice.key',
    async (context, [text = ''], options) => {
      const client = await context.client()
      const name = parseName(text, client.genesis.zones)
      const signer = await context.signer()
      const journal = new FileSealJournal(stateFolder(context.environment.variables))
      if (!isRecoverable(signer)) {
        context.output.note(
          `not recoverable from the key alone: this token gives random signatures, so the seal's secret is kept in ${journal.folder} until the name is yours`,
        )
      }
      const currency = await context.currency()
      const deposit =
        options.deposit === undefined
          ? await depositFor(client, options.days * dayMs)
          : parseAmount(options.deposit, currency)
      const timeoutMs = context.options.timeout === undefined ? defaultTimeoutMs : context.timeoutMs
      const { rests, before } = await withProgress(context.output, `registering ${name}`, (update) =>
        registerName(client, {
          name,
          deposit,
          signer,
          journal,
          randomBytes: (length) => new Uint8Array(randomBytes(length)),
          timeoutMs,
          onStep: (step) => update(describeStep(step)),
        }),
      )
      context.output.result(
        { name, before, recoverable: isRecoverable(signer), ...(before ? {} : { deposit }), rests: restsOnJson(rests) },
        [
          before
            ? `${name} is yours already`
            : `${name} is yours${deposit === 0n ? '' : `, with a deposit of ${formatAmount(deposit, currency)}`}`,
          restsOnLine(rests),
        ],
      )
    },
  )
}
