import type { Random } from './random.ts'

/** What a file named `<package>/src/…/<target>.fuzz.ts` exports, by name or as one default object. */
export type FuzzTarget = {
  /** Names the target on the command line and its folder in test/corpus. */
  name: string
  /** Throws when a promise of the code is broken. Refusing hostile input in the documented way must not throw here. */
  run(bytes: Uint8Array): void | Promise<void>
  /** Makes inputs that get further than random bytes do; they are also mutated. */
  generate?(random: Random): Uint8Array
  /** Good inputs to mutate. */
  seeds?: readonly Uint8Array[]
  /** Longest input to make, in bytes; 4,096 unless given. */
  maxBytes?: number
}
