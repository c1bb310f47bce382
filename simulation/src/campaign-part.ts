/** What the runner of campaigns gives to a part of this package, and gets back. */
export interface Context {
  readonly seed: number
  readonly budgetMs: number
  print(line: string): void
}

export interface Failure {
  readonly name: string
  readonly detail: string
  readonly replay: string
}
