import type { Refusal } from '../codes.ts'

const dayMs = 86_400_000
/** How far ahead of ledger time an offer or a transfer can end. */
export const longestAgreementMs = 90 * dayMs

/** Why something that ends at `expiresMs` of ledger time cannot begin now, or undefined. */
export function expiryProblem(expiresMs: number, ledgerTimeMs: number, isOver: Refusal): Refusal | undefined {
  if (expiresMs <= ledgerTimeMs) return isOver
  return expiresMs > ledgerTimeMs + longestAgreementMs ? 'expiry-too-far' : undefined
}
