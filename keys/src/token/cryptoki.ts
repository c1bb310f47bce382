/** Numbers of PKCS#11 3.0 (OASIS), under the standard's names without their prefix. */

/** Places in CK_FUNCTION_LIST. */
export const functions = {
  initialize: 0,
  finalize: 1,
  getSlotList: 4,
  getTokenInfo: 6,
  getMechanismInfo: 8,
  openSession: 12,
  closeSession: 13,
  login: 18,
  findObjectsInit: 26,
  findObjects: 27,
  findObjectsFinal: 28,
  getAttributeValue: 24,
  signInit: 42,
  sign: 43,
  generateKeyPair: 59,
} as const

export const attributes = {
  class: 0x000,
  token: 0x001,
  private: 0x002,
  label: 0x003,
  value: 0x011,
  keyType: 0x100,
  id: 0x102,
  sensitive: 0x103,
  sign: 0x108,
  verify: 0x10a,
  extractable: 0x162,
  local: 0x163,
  neverExtractable: 0x164,
  alwaysSensitive: 0x165,
  ecParams: 0x180,
  ecPoint: 0x181,
  alwaysAuthenticate: 0x202,
} as const

export const classes = { publicKey: 2, privateKey: 3 } as const
export const keyKinds = { ec: 0x03, ecEdwards: 0x40 } as const
export const mechanisms = { ecKeyPairGen: 0x1040, ecdsa: 0x1041, edwardsKeyPairGen: 0x1055, eddsa: 0x1057 } as const
export const sessionFlags = { readWrite: 2, serial: 4 } as const
export const tokenFlags = { protectedAuthenticationPath: 0x100, initialized: 0x400 } as const
export const userType = 1
/** CK_UNAVAILABLE_INFORMATION. */
export const unavailable = 0xffff_ffff_ffff_ffffn

export const returnValues: Readonly<Record<number, string>> = {
  5: 'GENERAL_ERROR',
  6: 'FUNCTION_FAILED',
  16: 'ATTRIBUTE_READ_ONLY',
  17: 'ATTRIBUTE_SENSITIVE',
  18: 'ATTRIBUTE_TYPE_INVALID',
  19: 'ATTRIBUTE_VALUE_INVALID',
  48: 'DEVICE_ERROR',
  49: 'DEVICE_MEMORY',
  50: 'DEVICE_REMOVED',
  84: 'FUNCTION_NOT_SUPPORTED',
  104: 'KEY_FUNCTION_NOT_PERMITTED',
  112: 'MECHANISM_INVALID',
  113: 'MECHANISM_PARAM_INVALID',
  160: 'PIN_INCORRECT',
  161: 'PIN_INVALID',
  162: 'PIN_LEN_RANGE',
  163: 'PIN_EXPIRED',
  164: 'PIN_LOCKED',
  179: 'SESSION_HANDLE_INVALID',
  208: 'TEMPLATE_INCOMPLETE',
  209: 'TEMPLATE_INCONSISTENT',
  224: 'TOKEN_NOT_PRESENT',
  225: 'TOKEN_NOT_RECOGNIZED',
  226: 'TOKEN_WRITE_PROTECTED',
  256: 'USER_ALREADY_LOGGED_IN',
  257: 'USER_NOT_LOGGED_IN',
  258: 'USER_PIN_NOT_INITIALIZED',
  304: 'DOMAIN_PARAMS_INVALID',
  320: 'CURVE_NOT_SUPPORTED',
  401: 'CRYPTOKI_ALREADY_INITIALIZED',
}
