/** Which of the two kinds of ledger a `Scenario` makes: names are paid for, or nobody owns anything and names run by term. */
export type GenesisKind = 'with currency' | 'without currency'

let kind: GenesisKind = 'with currency'

export function hasCurrency(): boolean {
  return kind === 'with currency'
}

/** An amount that somebody can pay: where nobody owns anything, nothing. */
export function inCurrency(amount: bigint): bigint {
  return hasCurrency() ? amount : 0n
}

/** Every `Scenario` made while `run` runs is of this kind. One at a time: the tests of a file follow each other. */
export async function withGenesis(wanted: GenesisKind, run: () => unknown): Promise<void> {
  kind = wanted
  try {
    await run()
  } finally {
    kind = 'with currency'
  }
}
