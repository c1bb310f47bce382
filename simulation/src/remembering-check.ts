import type { SignatureCheck } from '@cresset/core-chain'
import { checkSignature } from '@cresset/core-crypto'

const MAX_REMEMBERED = 100_000

/**
 * The production check, asked once for each (key, message, signature). All nodes of a run live in one process and check the
 * same votes; the verdict is a function of the three, so remembering it changes nothing but the time.
 */
export function rememberingCheck(): SignatureCheck {
  const verdicts = new Map<string, boolean>()
  return (key, message, signature) => {
    const name = `${latin1(key)}${latin1(signature)}${latin1(message)}`
    const known = verdicts.get(name)
    if (known !== undefined) return known
    const verdict = checkSignature(key, message, signature)
    if (verdicts.size >= MAX_REMEMBERED) verdicts.clear()
    verdicts.set(name, verdict)
    return verdict
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}
