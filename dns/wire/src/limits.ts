/** Sizes of the DNS protocol; each is checked before anything is copied. */

/** RFC 1035 section 2.3.4: a label without its length byte. */
export const MAX_LABEL_BYTES = 63
/** RFC 1035 section 2.3.4: a whole name on the wire, with length bytes and the root label. */
export const MAX_NAME_BYTES = 255
/** 255 bytes of one-byte labels and the root. */
export const MAX_NAME_LABELS = 127
/** RFC 1035 section 4.2.2: the two length bytes of TCP framing allow no more. */
export const MAX_MESSAGE_BYTES = 65_535
/** RFC 1035 section 4.1.1. */
export const HEADER_BYTES = 12
/** RFC 1035 section 3.2.1: the length field has two bytes. */
export const MAX_RDATA_BYTES = 65_535
/** Every byte of RDATA can be written as `\DDD`; anything longer is no RDATA text. */
export const MAX_RDATA_TEXT_CHARACTERS = 4 * MAX_RDATA_BYTES + 1024
/** RFC 2181 section 8: a TTL is an unsigned number of 31 bits. */
export const MAX_TTL_SECONDS = 2 ** 31 - 1
/** A compression pointer has 14 bits (RFC 1035 section 4.1.4). */
export const MAX_POINTER = 0x3fff
