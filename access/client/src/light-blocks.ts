import {
  commitCertificateCodec,
  decodeValidators,
  encodeValidators,
  headerCodec,
  type LightBlock,
  type QuorumRule,
} from '@cresset/core-chain'
import { CodecError, fromBase64Url, toBase64Url } from '@cresset/core-codec'
import { notVerified } from './client-error.ts'

/** The JSON form of `GET /v1/headers/{height}`, base64url each. */
export interface LightBlockJson {
  readonly header: string
  readonly certificate: string
  readonly validators: string
  /** Null when the same decide the next height. */
  readonly nextValidators: string | null
}

export function lightBlockToJson({ header, certificate, validators, nextValidators }: LightBlock): LightBlockJson {
  const deciding = toBase64Url(encodeValidators(validators))
  const next = toBase64Url(encodeValidators(nextValidators))
  return {
    header: toBase64Url(headerCodec.encode(header)),
    certificate: toBase64Url(commitCertificateCodec.encode(certificate)),
    validators: deciding,
    nextValidators: next === deciding ? null : next,
  }
}

/** Reads what a node gave; nothing in it is checked yet but its form. @throws ClientError `not-verified` */
export function readLightBlock(answer: unknown, rule: QuorumRule): LightBlock {
  const form = answer as Partial<LightBlockJson> | null
  const { header, certificate, validators, nextValidators } = form ?? {}
  if (
    typeof header !== 'string' ||
    typeof certificate !== 'string' ||
    typeof validators !== 'string' ||
    (nextValidators !== null && typeof nextValidators !== 'string')
  ) {
    throw notVerified('bad-answer', 'the answer does not have the form of a header')
  }
  try {
    const deciding = decodeValidators(fromBase64Url(validators), rule)
    return {
      header: headerCodec.decode(fromBase64Url(header)),
      certificate: commitCertificateCodec.decode(fromBase64Url(certificate)),
      validators: deciding,
      nextValidators: nextValidators === null ? deciding : decodeValidators(fromBase64Url(nextValidators), rule),
    }
  } catch (error) {
    if (error instanceof CodecError)
      throw notVerified('bad-header', `the answer has no readable header: ${error.message}`)
    throw error
  }
}

/** Heights that a node says name other validators: rising, between the two. @throws ClientError `not-verified` */
export function readChanges(answer: unknown, after: number, before: number, limit: number): readonly number[] {
  const { heights } = (answer ?? {}) as { heights?: unknown }
  if (!Array.isArray(heights) || heights.length > limit)
    throw notVerified('bad-answer', 'the answer does not have the form of a list of heights')
  let previous = after
  for (const height of heights as unknown[]) {
    if (!Number.isSafeInteger(height) || (height as number) <= previous || (height as number) >= before)
      throw notVerified('bad-answer', 'the answer lists heights that were not asked for')
    previous = height as number
  }
  return heights as number[]
}
