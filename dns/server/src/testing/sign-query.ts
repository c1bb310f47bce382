import type { TsigKey } from '../tsig/tsig-key.ts'
import { appendTsig, type TsigRecord, tsigVariables } from '../tsig/tsig-record.ts'
import { requestRecord } from '../tsig/tsig-request.ts'

/** Signs as a client does; `changes` are made to the record, of whose MAC `macBytes` are left. */
export function signQuery(
  message: Uint8Array,
  key: TsigKey,
  nowSeconds: number,
  changes: Partial<TsigRecord> = {},
  macBytes?: number,
): Uint8Array {
  const record = { ...requestRecord(message, key, nowSeconds), ...changes }
  return appendTsig(message, {
    mac: key.mac(message, tsigVariables(record)).subarray(0, macBytes),
    ...record,
    ...changes,
  })
}
