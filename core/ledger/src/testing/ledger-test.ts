import { test as nodeTest } from 'node:test'
import { withGenesis } from './genesis-kind.ts'

type Run = () => void | Promise<void>

/** A test of the ledger: runs under a genesis with currency, and again under one without. */
export function test(name: string, run: Run): void {
  nodeTest(name, () => withGenesis('with currency', run))
  nodeTest(`without currency: ${name}`, () => withGenesis('without currency', run))
}

/** A test about nothing but money. The second pass names it, and says why it has nothing to ask there. */
export function moneyTest(name: string, why: string, run: Run): void {
  nodeTest(name, () => withGenesis('with currency', run))
  nodeTest(`without currency: ${name}`, { skip: `money alone: ${why}` }, () => {})
}
