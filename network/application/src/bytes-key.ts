/** Bytes as a key of a Map: one character a byte, so a 32-byte id costs half of its hexadecimal form. */
export type BytesKey = string & { readonly brand: 'bytes-key' }

export function bytesKey(bytes: Uint8Array): BytesKey {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as BytesKey
}
