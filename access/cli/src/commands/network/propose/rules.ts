import { GenesisError, parseSetting } from '@cresset/core-chain'
import { changeableParameters } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { accountForms, accountFromArgument } from '../../../account-argument.ts'
import { parseAmount } from '../../../amounts.ts'
import { type CommandKit, wholeNumber } from '../../../command-kit.ts'
import { UsageError } from '../../../exit-codes.ts'
import { addSpeakingOptions, type SpeakingOptions } from '../speaking-for-node.ts'
import { putToVote } from './put-to-vote.ts'

function settingFrom(...given: Parameters<typeof parseSetting>): ReturnType<typeof parseSetting> {
  try {
    return parseSetting(...given)
  } catch (error) {
    if (error instanceof GenesisError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

export function proposeRuleChanges(parent: Command, kit: CommandKit): void {
  const parameters = addSpeakingOptions(
    parent
      .command('parameters')
      .description('change parameters of the ledger')
      .argument('<name=value...>', 'as "network init --set" takes them'),
  )
  kit.add<SpeakingOptions>(
    parameters,
    'cresset network propose parameters grace=14d addNodeThreshold=66 --key north.key',
    async (context, settings, options) => {
      const currency = await context.currency()
      const changes = settings.map((setting) => {
        const [name = '', ...rest] = setting.split('=')
        if (rest.length === 0) throw new UsageError(`"${setting}" is not NAME=VALUE`)
        const parsed = settingFrom(name, rest.join('='), currency)
        if (typeof parsed.value === 'string' || !changeableParameters.some((known) => known === parsed.name))
          throw new UsageError(`${parsed.name} is fixed; a vote can change ${changeableParameters.join(', ')}`)
        return { name: parsed.name, value: BigInt(parsed.value) }
      })
      await putToVote(context, options, { kind: 'parameters', body: { changes } })
    },
  )
  const issue = addSpeakingOptions(
    parent
      .command('issue-money')
      .description('make new money and give it to an account')
      .argument('<account>', accountForms)
      .argument('<amount>', 'for example 1000'),
  )
  kit.add<SpeakingOptions>(
    issue,
    'cresset network propose issue-money alice.key 1000 --key north.key',
    async (context, [account = '', amount = ''], options) => {
      const to = await accountFromArgument(context, account)
      const body = { to, amount: parseAmount(amount, await context.currency()) }
      await putToVote(context, options, { kind: 'issueMoney', body })
    },
  )
  const upgrade = addSpeakingOptions(
    parent
      .command('upgrade')
      .description('follow another version of the rules; a node without it stops before that height')
      .argument('<version>', 'version of the rules, as the release notes name it', wholeNumber(1, 2 ** 32 - 1))
      .argument('<height>', 'height of the first block under it', wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  )
  kit.add<SpeakingOptions>(
    upgrade,
    'cresset network propose upgrade 2 150000 --key north.key',
    async (context, [version, height], options) => {
      await putToVote(context, options, { kind: 'upgrade', body: { version: Number(version), height: Number(height) } })
    },
  )
}
