import { asciiText, type Decoded, list, struct, uint53 } from '@cresset/core-codec'
import { keyOverlaps } from '../actions.ts'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const queuesFields = {
  /** For each length of overlap but none, in their order: positions from `head` to below `tail` wait. */
  queues: list(struct({ head: uint53, tail: uint53 }), {
    minItems: keyOverlaps.length - 1,
    maxItems: keyOverlaps.length - 1,
  }),
}

/**
 * Hosts with old keys that will end. What waits equally long ends in the order in which it began, so a block looks at the heads
 * of a few queues however many hosts wait. Absent until the first.
 */
export type RetirementQueues = Values<typeof queuesFields>
export const retirementQueuesEntry: EntryType<RetirementQueues> = entryType('retirementQueues', queuesFields)

const retirementFields = {
  name: nameCodec,
  host: asciiText({ maxBytes: 253 }),
  untilLedgerMs: uint53,
}

/** One place in a queue. */
export type Retirement = Values<typeof retirementFields>
export const retirementEntry: EntryType<Retirement> = entryType('retirement', retirementFields)
