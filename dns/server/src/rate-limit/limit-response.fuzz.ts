import assert from 'node:assert/strict'
import { buildQuery, EdnsOptionCode, parseAbsoluteName, parseMessage, RecordType } from '@cresset/dns-wire'
import { answer } from '../answer/answer.ts'
import { ServerCookies } from '../cookies/server-cookies.ts'
import { storeOf } from '../testing/zone-text.ts'
import { limitResponse } from './limit-response.ts'
import { RateLimiter } from './rate-limiter.ts'

export const name = 'dns-limited'

const store = storeOf({
  'a.': '@ SOA ns host 1 2 3 4 5\nwww A 192.0.2.1\nsub NS ns.sub\nns.sub A 192.0.2.2\nold DNAME b.\n*.w CNAME x.b.',
  'b.': '@ SOA ns host 1 2 3 4 5\n@ TXT "x"',
})
const limits = {
  transport: 'udp',
  cookies: new ServerCookies(new Uint8Array(16)),
  client: { address: '192.0.2.9', nowSeconds: 1_000_000 },
} as const
const good = limits.cookies.answer(new Uint8Array(8), limits.client.address, limits.client.nowSeconds) as Uint8Array
/** Of two that see the same responses one has nothing left, so that it truncates each. */
const open = new RateLimiter({ responsesPerSecond: 1_000_000, slip: 0, buckets: 64, nowMs: () => 0 })
const spent = new RateLimiter({ responsesPerSecond: 1, slip: 1, buckets: 8, nowMs: () => 0 })
/** OPT record with a cookie of 24 bytes, which a query with one of 8 has in part. */
const MAX_ADDED_BYTES = 16

export const seeds: readonly Uint8Array[] = ['www.a', 'n.b', 'y.sub.a', 'q.old.a', 'q.w.a', 'none'].flatMap((text) =>
  [undefined, new Uint8Array(8), good].map((cookie, id) =>
    buildQuery({
      id,
      name: parseAbsoluteName(text),
      type: RecordType.A,
      ...(cookie === undefined ? {} : { ednsOptions: [{ code: EdnsOptionCode.COOKIE, data: cookie }] }),
    }),
  ),
)

/** Whatever is asked and answered: within the limit it goes out as it is; beyond it, what goes out says nothing and is hardly longer than the query. */
export function run(bytes: Uint8Array): void {
  const response = answer(bytes, store, limits)
  assert.equal(limitResponse(open, bytes, response, limits), response)
  // Takes what is left.
  limitResponse(spent, bytes, response, limits)
  const limited = limitResponse(spent, bytes, response, limits)
  if (response === undefined || limited === response) {
    // Only who has a good cookie is let through for ever.
    assert.ok(response === undefined || Buffer.from(bytes).includes(Buffer.from(good.subarray(8))))
    return
  }
  assert.ok(limited !== undefined, 'each limited response is truncated here')
  assert.ok(
    limited.length <= Math.max(bytes.length, 12) + MAX_ADDED_BYTES,
    `${limited.length} of ${bytes.length} bytes`,
  )
  const message = parseMessage(limited)
  assert.equal(message.flags.truncated, true)
  assert.equal(message.answers.length + message.authorities.length, 0)
}
