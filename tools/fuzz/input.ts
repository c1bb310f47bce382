import { Random } from './random.ts'
import type { FuzzTarget } from './target.ts'

const interestingBytes = [0x00, 0x01, 0x17, 0x18, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0x9f, 0xc0, 0xe0, 0xf6, 0xff]

/** The input of one run: the same for the same target, corpus, seed and run. */
export function makeInput(target: FuzzTarget, corpus: readonly Uint8Array[], seed: number, run: number): Uint8Array {
  const random = new Random(seed, run)
  const maxBytes = target.maxBytes ?? 4_096
  const samples = [...(target.seeds ?? []), ...corpus]
  const way = random.below(8)
  if (way === 0) return random.bytes(randomLength(random, maxBytes))
  if (target.generate !== undefined && way < 5) {
    const generated = target.generate(random)
    return (way < 3 ? generated : mutate(generated, samples, random)).subarray(0, maxBytes)
  }
  const sample = samples.length === 0 ? random.bytes(randomLength(random, maxBytes)) : random.pick(samples)
  return mutate(sample, samples, random).subarray(0, maxBytes)
}

/** Short lengths are as likely as long ones: most mistakes are near the start. */
function randomLength(random: Random, maxBytes: number): number {
  return random.below(Math.min(maxBytes, 1 << random.below(13)) + 1)
}

function mutate(input: Uint8Array, samples: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = Uint8Array.from(input)
  for (let left = 1 + random.below(6); left > 0; left--) bytes = mutateOnce(bytes, samples, random)
  return bytes
}

function mutateOnce(
  bytes: Uint8Array<ArrayBuffer>,
  samples: readonly Uint8Array[],
  random: Random,
): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1)
  const length = random.below(Math.min(32, bytes.length - at) + 1)
  const inside = bytes.length === 0 ? 0 : random.below(bytes.length)
  const splice = (removed: number, added: Uint8Array): Uint8Array<ArrayBuffer> => {
    const result = new Uint8Array(bytes.length - removed + added.length)
    result.set(bytes.subarray(0, at))
    result.set(added, at)
    result.set(bytes.subarray(at + removed), at + added.length)
    return result
  }
  switch (random.below(9)) {
    case 0:
      bytes[inside] = (bytes[inside] ?? 0) ^ (1 << random.below(8))
      return bytes
    case 1:
      bytes[inside] = random.pick(interestingBytes)
      return bytes
    case 2:
      bytes[inside] = (bytes[inside] ?? 0) + random.below(9) - 4
      return bytes
    case 3:
      return splice(0, random.bytes(1 + random.below(8)))
    case 4:
      return splice(length, new Uint8Array(0))
    case 5:
      return splice(0, bytes.slice(at, at + length))
    case 6:
      return bytes.slice(0, at)
    case 7: {
      if (samples.length === 0) return splice(length, random.bytes(length))
      const other = random.pick(samples)
      return splice(bytes.length - at, other.subarray(random.below(other.length + 1)))
    }
    default: {
      // A length field gone wrong: two or four big-endian bytes of an extreme.
      const extreme = random.pick([0xffff_ffff, 0x7fff_ffff, 0x8000_0000, 0xffff, bytes.length, bytes.length + 1])
      const field = new Uint8Array(4)
      new DataView(field.buffer).setUint32(0, extreme >>> 0)
      return splice(Math.min(4, bytes.length - at), random.oneIn(2) ? field : field.subarray(2))
    }
  }
}
