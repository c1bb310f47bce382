/** Whether a client can connect to an address: 4 bytes of IPv4 or 16 of IPv6, one spelling each. */
export function isUsableAddress(address: Uint8Array): boolean {
  const first = address[0] as number
  if (address.length === 4) {
    // 0.0.0.0/8 "this network", 224.0.0.0/4 multicast, and the broadcast address (RFC 6890).
    return first !== 0 && (first < 224 || first >= 240) && !address.every((byte) => byte === 255)
  }
  if (address.length !== 16) return false
  // ff00::/8 multicast; ::, ::ffff:0:0/96 and the old ::/96 would be other spellings of IPv4 (RFC 4291); ::1 is loopback.
  if (first === 255) return false
  const isLoopback = address.subarray(0, 15).every((byte) => byte === 0) && address[15] === 1
  return isLoopback || !address.subarray(0, 10).every((byte) => byte === 0)
}
