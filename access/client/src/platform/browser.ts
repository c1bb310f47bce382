import type { Fetch } from '../http.ts'

/** The browser's own; it knows the roots that it trusts. */
export function platformFetch(_options: { readonly rootCertificate?: Uint8Array } = {}): Fetch {
  return (url, init) => fetch(url, init)
}
