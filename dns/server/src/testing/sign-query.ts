import { readUint16 } from '@cresset/dns-wire'
import type { TsigKey } from '../tsig/tsig-key.ts'
import { appendTsig, type TsigRecord, tsigVariables } from '../tsig/tsig-record.ts'
import { TSIG_FUDGE_SECONDS } from '../tsig/tsig-session.ts'

/** Signs as a client does; `changes` are made to the record, of whose MAC `macBytes` are left. */
export function signQuery(
  message: Uint8Array,
  key: TsigKey,
  nowSeconds: number,
  changes: Partial<TsigRecord> = {},
  macBytes?: number,
): Uint8Array {
  const record = {
    keyName: key.name,
    algorithmName: key.algorithmName,
    timeSigned: nowSeconds,
    fudge: TSIG_FUDGE_SECONDS,
    originalId: readUint16(message, 0),
    error: 0,
    other: new Uint8Array(),
    ...changes,
  }
  return appendTsig(message, {
    mac: key.mac(message, tsigVariables(record)).subarray(0, macBytes),
    ...record,
    ...changes,
  })
}
