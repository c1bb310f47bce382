export type CampaignFailure = {
  /** What failed: a seed, a target, a test. */
  name: string
  detail: string
  /** The command that does it again. */
  replay: string
}

export type CampaignOutcome = { runs: number; failures: CampaignFailure[] }

export type CampaignContext = {
  root: string
  /** First seed; the part counts up from it. */
  seed: number
  budgetMs: number
  print(line: string): void
}

/** A long-running search for faults: the default export of a file named `*.campaign.ts`, wherever it stands. */
export type CampaignPart = {
  name: string
  description: string
  /** Its share of the time, in relation to the other parts. */
  weight: number
  /** False when there is nothing to run. */
  available(root: string): boolean | Promise<boolean>
  run(context: CampaignContext): Promise<CampaignOutcome>
}
