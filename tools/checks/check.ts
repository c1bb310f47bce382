/** Something in the repository that breaks a rule. */
export type Violation = {
  file: string
  /** Counted from 1; absent when the whole file is meant. */
  line?: number
  message: string
  /** What to do about it. */
  remedy: string
}

/** A rule over a directory, so that a test can plant a violation in a directory of its own. */
export type Check = {
  name: string
  description: string
  run(root: string): Violation[] | Promise<Violation[]>
}

export function formatViolation(violation: Violation): string {
  const place = violation.line === undefined ? violation.file : `${violation.file}:${violation.line}`
  return `${place}: ${violation.message}${violation.remedy === '' ? '' : `, ${violation.remedy}`}`
}
