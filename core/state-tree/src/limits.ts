/** Keys are SHA-256 digests. */
export const KEY_BYTES = 32
export const HASH_BYTES = 32
export const KEY_BITS = 256

/** Longest value that the tree takes, so that a proof has a bound. */
export const MAX_VALUE_BYTES = 1 << 20

/** A proof has one sibling for each branch on the way, and there is at most one branch a bit. */
export const MAX_SIBLINGS = KEY_BITS

/** Versions are block heights below 2^48 − 1. */
export const MAX_VERSION = 2 ** 48 - 2
