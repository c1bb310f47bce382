import { asciiText } from '@cresset/core-codec'

/** Longer than any name may be, so that an overlong one is refused by its code and not as undecodable. */
export const nameText = asciiText({ maxBytes: 300 })
