import { compareBytes, utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { agreementText } from '../naive-ledger/agreements.ts'
import type { NaiveBody } from '../naive-ledger/transaction.ts'
import { historyChainId, otherChainId } from './genesis.ts'
import type { AgreementPlan } from './history.ts'
import { accountNamed, keyNamed } from './keys.ts'
import { signPlainly } from './sign.ts'

/** What the parties of a plan sign, and their signatures, with what is wrong about it. */
export function agreementBody(plan: AgreementPlan, ledgerTimeMs: number): NaiveBody<'agree'> {
  const { wrong } = plan
  const pairs = plan.parties.map(keyNamed).sort((a, b) => compareBytes(a.publicKey, b.publicKey))
  if (wrong === 'order') pairs.reverse()
  if (wrong === 'twice') pairs[1] = pairs[0] as (typeof pairs)[0]
  const keys = pairs.map(({ publicKey }) => publicKey)
  const statement = {
    document: sha256(utf8(plan.document)),
    title: plan.title === undefined ? undefined : sha256(utf8(plan.title)),
    // All ones is no point of either curve, and comes last of its kind.
    parties:
      wrong === 'key'
        ? keys.with(
            -1,
            (keys.at(-1) as Uint8Array).map((byte, at) => (at === 0 ? byte : 0xff)),
          )
        : keys,
    transfers: plan.pays.map(([from, to, amount]) => ({ from, to: accountNamed(to), amount: BigInt(amount) })),
    expires: Math.max(0, ledgerTimeMs + plan.forMs),
  }
  const text = agreementText(wrong === 'chain' ? otherChainId : historyChainId, statement)
  const signatures: (Uint8Array | undefined)[] = pairs.map((pair) => signPlainly(pair, text))
  if (wrong === 'missing') signatures[0] = undefined
  if (wrong === 'short') signatures.pop()
  if (wrong === 'long') signatures.push(signatures[0])
  return { ...statement, signatures }
}
