import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommitCertificate } from '@cresset/core-chain'
import { toBase64Url, toHex } from '@cresset/core-codec'
import { StartError } from './start-error.ts'

/** What the engine tells when this node contradicts what a quorum signed. */
export interface Divergence {
  readonly cause: 'roots' | 'parent' | 'validators'
  readonly height: number
  readonly block: Uint8Array
  readonly certificate: CommitCertificate
  readonly own: { readonly stateRoot: Uint8Array; readonly receiptsRoot: Uint8Array } | undefined
}

/** Keeps what is needed to compare, and says in one line what happened and what to do. */
export function differingState(divergence: Divergence, dataFolder: string | undefined): StartError {
  const { cause, height, certificate, own } = divergence
  const kept = dataFolder === undefined ? '' : keep(divergence, join(dataFolder, `differing-block-${height}.json`))
  const votes = certificate.signatures.length
  const signed = toHex(certificate.stateRoot).slice(0, 16)
  const here =
    own === undefined ? 'it could not execute the block' : `its root is ${toHex(own.stateRoot).slice(0, 16)}…`
  const what = {
    roots: `this node computed another state than the others at height ${height}: ${here}, ${votes} validators signed ${signed}…`,
    parent: `the block of height ${height} that ${votes} validators signed does not follow this node's block ${height - 1}`,
    validators: `the block of height ${height} was signed by other validators than this node's state has`,
  }[cause]
  return new StartError(
    'state-differs',
    `${what}; it stops, and the others go on${kept}. Compare its release and its machine with theirs, then start it with an empty data folder`,
  )
}

/** Now or never: the process is about to end. A full disk must not hide the reason. */
function keep({ height, block, certificate, own }: Divergence, path: string): string {
  const { stateRoot, receiptsRoot, view, signatures } = certificate
  const kept = {
    height,
    view,
    signed: { stateRoot: toHex(stateRoot), receiptsRoot: toHex(receiptsRoot) },
    own: own && { stateRoot: toHex(own.stateRoot), receiptsRoot: toHex(own.receiptsRoot) },
    signers: signatures.map(({ validatorIndex }) => validatorIndex),
    block: toBase64Url(block),
  }
  try {
    writeFileSync(path, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 })
    return `; the block is kept in ${path}`
  } catch {
    return ''
  }
}
