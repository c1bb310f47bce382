/** State of four 64-bit words, each as low and high half: v0, v1, v2, v3. One for all: the function is synchronous. */
const v = new Int32Array(8)

/**
 * SipHash-2-4 (Aumasson and Bernstein 2012) of `message` under a key of 16 bytes: eight bytes, least significant first.
 * DNS cookies are made with it (RFC 9018 section 4.4).
 */
export function sipHash24(key: Uint8Array, message: Uint8Array): Uint8Array {
  const [k0, k1, k2, k3] = [0, 4, 8, 12].map((offset) => readWord(key, offset)) as [number, number, number, number]
  v[0] = k0 ^ 0x70736575
  v[1] = k1 ^ 0x736f6d65
  v[2] = k2 ^ 0x6e646f6d
  v[3] = k3 ^ 0x646f7261
  v[4] = k0 ^ 0x6e657261
  v[5] = k1 ^ 0x6c796765
  v[6] = k2 ^ 0x79746573
  v[7] = k3 ^ 0x74656462
  const end = message.length - (message.length % 8)
  for (let offset = 0; offset < end; offset += 8) compress(readWord(message, offset), readWord(message, offset + 4))
  const last = new Uint8Array(8)
  last.set(message.subarray(end))
  last[7] = message.length
  compress(readWord(last, 0), readWord(last, 4))
  v[4] = (v[4] as number) ^ 0xff
  for (let round = 0; round < 4; round++) sipRound()
  const digest = new Uint8Array(8)
  writeWord(digest, 0, word(0) ^ word(2) ^ word(4) ^ word(6))
  writeWord(digest, 4, word(1) ^ word(3) ^ word(5) ^ word(7))
  return digest
}

const word = (index: number): number => v[index] as number

function compress(low: number, high: number): void {
  v[6] = word(6) ^ low
  v[7] = word(7) ^ high
  sipRound()
  sipRound()
  v[0] = word(0) ^ low
  v[1] = word(1) ^ high
}

function sipRound(): void {
  addRotateXor(0, 2, 13)
  swap(0)
  addRotateXor(4, 6, 16)
  addRotateXor(0, 6, 21)
  addRotateXor(4, 2, 17)
  swap(4)
}

/** a += b; b = (b <<< bits) ^ a; for words at their low half's index, bits from 1 to 31. */
function addRotateXor(a: number, b: number, bits: number): void {
  const low = (word(a) >>> 0) + (word(b) >>> 0)
  const high = word(a + 1) + word(b + 1) + (low > 0xffffffff ? 1 : 0)
  v[a] = low
  v[a + 1] = high
  const bLow = word(b)
  const bHigh = word(b + 1)
  v[b] = ((bLow << bits) | (bHigh >>> (32 - bits))) ^ word(a)
  v[b + 1] = ((bHigh << bits) | (bLow >>> (32 - bits))) ^ word(a + 1)
}

/** Rotation by 32 bits. */
function swap(index: number): void {
  const low = word(index)
  v[index] = word(index + 1)
  v[index + 1] = low
}

function readWord(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  )
}

function writeWord(bytes: Uint8Array, offset: number, value: number): void {
  for (let index = 0; index < 4; index++) bytes[offset + index] = value >>> (8 * index)
}
