/** Why the sweep could not refill a deposit. */
export const refillProblems = ['payer-cannot-pay', 'deposit-too-large', 'below-arrears'] as const
export type RefillProblem = (typeof refillProblems)[number]

/** Why a standing order is no more. */
export const orderEnds = ['revoked', 'spent', 'owner-changed', 'name-ended'] as const
export type OrderEnd = (typeof orderEnds)[number]
