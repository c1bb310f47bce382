/** Where a service listens. */
export interface Listen {
  readonly host: string
  readonly port: number
}

export function listenToText({ host, port }: Listen): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `host:port` or `[IPv6]:port`; port 0 lets the system choose. */
export function listenFromText(text: string): Listen | undefined {
  const match = /^(?:\[([0-9a-f:]{2,45})\]|([A-Za-z0-9.-]{1,253})):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host === undefined || port > 65_535 ? undefined : { host, port }
}
