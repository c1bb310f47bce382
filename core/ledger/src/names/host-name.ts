/** The full name of a host: `www` under `shop.acme`, or the name itself. */
export function hostName(host: string, name: string): string {
  return host === '' ? name : `${host}.${name}`
}
