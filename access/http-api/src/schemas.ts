import { z } from 'zod'
import { problemSchema } from './problems.ts'

/** JSON forms: bytes in lower-case hex, amounts and integers from 2^53 as decimal strings, times as integer milliseconds. */
export const hex = z.string().regex(/^(?:[0-9a-f]{2})*$/)
export const hash = z.string().regex(/^[0-9a-f]{64}$/)
export const amount = z.string().regex(/^\d{1,20}$/)
export const base64url = z.string().regex(/^[A-Za-z0-9_-]*$/)
export const height = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
export const heightText = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)
/** A name or zone to list by. None is longer or has other characters, and keys of the store have a limit in bytes. */
export const listedName = z.string().regex(/^[!-~]{1,64}$/)
/** A query flag: `?proof=true`. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((value) => value === 'true')
/** A ledger value whose form `docs/protocol/ledger.md` states. */
export const ledgerValue = z.record(z.string(), z.unknown())

export const provenKeys = z.object({
  height,
  keys: z.array(hash),
  proofs: z.array(base64url),
  finality: base64url,
})

/** An answer from committed state; `value` is null when there is no such thing. */
export const readAnswer = z.object({
  height,
  timeMs: z.number().int(),
  value: ledgerValue.nullable(),
  proof: provenKeys.optional(),
})

/** Of every route whose answer can be proven: 503 before there is a block to prove it by. */
export const readResponses = { 200: readAnswer, '4xx': problemSchema, 503: problemSchema }
