import { parseIpv4, parseIpv6 } from '@cresset/dns-wire'
import type { TsigKey } from '../tsig/tsig-key.ts'

/** A secondary that is told of changes. */
export interface NotifyTarget {
  readonly address: string
  readonly port: number
  /** With which the message is signed, and the answer must be. */
  readonly key?: TsigKey
}

/** `[KEY@]ADDRESS[:PORT]` in parts; an IPv6 address with a port stands in brackets. */
export interface NotifyTargetText {
  readonly address: string
  readonly port: number
  /** Name of a TSIG key. */
  readonly keyName?: string
}

const DNS_PORT = 53

/** Undefined for what is no such text; the address must be one, since names would have to be looked up. */
export function parseNotifyTarget(text: string): NotifyTargetText | undefined {
  const at = text.indexOf('@')
  const keyName = at < 0 ? undefined : text.slice(0, at)
  if (keyName === '') return undefined
  const place = text.slice(at + 1)
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([1-9][0-9]{0,4}))?$/.exec(place)
  const isBareV6 = parseIpv6(place) !== undefined
  const address = isBareV6 ? place : (match?.[1] ?? match?.[2] ?? '')
  const isAddress = match?.[2] === undefined ? parseIpv6(address) !== undefined : parseIpv4(address) !== undefined
  const port = match?.[3] === undefined ? DNS_PORT : Number(match[3])
  if ((match === null && !isBareV6) || !isAddress || port > 65_535) return undefined
  return { address, port, ...(keyName === undefined ? {} : { keyName }) }
}

/** As people write it. */
export function formatNotifyTarget({ address, port }: NotifyTarget): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
