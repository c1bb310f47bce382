/** Identifier octets (X.690 8.1.2) of the universal types that certificates use. */
export const tags = {
  /** Ends an indefinite length; never in DER. */
  endOfContents: 0x00,
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

const constructedBit = 0x20

/** `[number] IMPLICIT` of a primitive type. */
export function contextPrimitive(number: number): number {
  return 0x80 | number
}

/** `[number] EXPLICIT`, or `[number] IMPLICIT` of a constructed type. */
export function contextConstructed(number: number): number {
  return 0x80 | constructedBit | number
}

export function isConstructed(tag: number): boolean {
  return (tag & constructedBit) !== 0
}
