import { boolean, type Decoded, struct, uint53, versioned } from '@cresset/core-codec'
import { publicKeyCodec, signingBytes } from '@cresset/core-crypto'
import { nameText } from '../names/name-text.ts'

const fields = {
  name: nameText,
  /** Of the owner who gives: `ownerships` in the name's record. The next owner has another number, so this holds once. */
  ownership: uint53,
  /** Primary keys before and after. */
  from: publicKeyCodec,
  to: publicKeyCodec,
  /** Hosts and what else the name holds go with it; offers never do. */
  keepRecords: boolean,
  /** Ledger time from which on it is void. */
  expiresMs: uint53,
}

export const nameTransferCodec = struct(fields)
const statementCodec = versioned(1, fields)

/** What two owners agree on: who gives a name to whom. Both keys sign it, and any account can carry it. */
export type NameTransfer = Decoded<typeof nameTransferCodec>

export function nameTransferSigningBytes(chainId: string, transfer: NameTransfer): Uint8Array {
  return signingBytes('name-transfer', chainId, statementCodec.encode(transfer))
}
