import type { Fetch, HttpOptions } from '../http.ts'

type PlatformOptions = Pick<HttpOptions, 'rootCertificate' | 'addresses'>

/** The browser's own; it knows the roots that it trusts. */
export function platformFetch(_options: PlatformOptions = {}): Fetch {
  return (url, init) => fetch(url, init)
}
