export * from './address-text.ts'
export * from './dnssec/dnskey.ts'
export * from './dnssec/rrsig.ts'
export * from './edns.ts'
export * from './integers.ts'
export * from './limits.ts'
export {
  type MasterFile,
  type MasterFileOptions,
  type MasterFileProblem,
  type MasterRecord,
  readMasterFile,
} from './master-file/read-master-file.ts'
export { writeMasterFile } from './master-file/write-master-file.ts'
export * from './message.ts'
export * from './message-parse.ts'
export * from './message-writer.ts'
export * from './name.ts'
export * from './name-read.ts'
export { formatName, parseAbsoluteName, parseName } from './name-text.ts'
export * from './query.ts'
export * from './rcode.ts'
export { formatBase32Hex, formatBase64, parseBase32Hex, parseBase64 } from './rdata/binary-fields.ts'
export { canonicalRdata, checkRdata, isPrivateType, isPublishableType, isSigningType } from './rdata/check.ts'
export type { RdataCode } from './rdata/field.ts'
export { type NamesInRdata, namesInRdata } from './rdata/names-in-rdata.ts'
export * from './rdata/service-parameters.ts'
export { formatRdata, parseRdata, parseRdataTokens } from './rdata/text.ts'
export { tokenize } from './rdata/tokens.ts'
export { bitmapTypes, typeBitmap } from './rdata/type-bitmap-field.ts'
export * from './record-type.ts'
export { parseReverseName, reverseName, reverseZone } from './reverse-name.ts'
export * from './wire-error.ts'
