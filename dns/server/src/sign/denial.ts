/** How a signed zone proves what it does not have: by a chain of NSEC, or by records made for each question (RFC 9824). */
export type Denial = 'chain' | 'compact'
