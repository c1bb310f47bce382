/** Response codes that only updates have (RFC 2136 section 2.2). */
export const UpdateRcode = { YXRRSET: 7, NXRRSET: 8, NOTZONE: 10 } as const
