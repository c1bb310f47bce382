import { isIP } from 'node:net'
import { StartError } from '../start-error.ts'

/** One receiver, as `webhooks.json` in the node's folder names it. */
export interface WebhookSettings {
  /** Names its cursor on disk and its lines in the log. */
  readonly id: string
  readonly url: URL
  /** Files with a secret each; all sign, so that a secret can be replaced without a gap. */
  readonly secretFiles: readonly string[]
  readonly names: readonly string[]
  /** In hex. */
  readonly accounts: readonly string[]
  readonly kinds: readonly string[]
  /** Whether the URL's host name may lead to an address that is not of the public internet. */
  readonly allowPrivateAddresses: boolean
}

const maxWebhooks = 32
const maxListed = 64
const maxFileCharacters = 262_144

/** Reads `webhooks.json`. @throws StartError with the field's path */
export function webhookFileFromJson(json: string, path: string): WebhookSettings[] {
  const fail = (problem: string): never => {
    throw new StartError('configuration', `${path}: ${problem}`)
  }
  if (json.length > maxFileCharacters) fail('the file is too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(json)
  } catch (error) {
    return fail(`not JSON (${(error as Error).message.split('\n')[0]})`)
  }
  const { version, webhooks } = objectOf(parsed, ['version', 'webhooks'], 'the file', fail)
  if (version !== 1) fail('version: this release knows 1')
  if (!Array.isArray(webhooks) || webhooks.length > maxWebhooks)
    return fail(`webhooks: expected a list of at most ${maxWebhooks}`)
  const settings = webhooks.map((value, index) => readWebhook(value, `webhooks[${index}]`, fail))
  if (new Set(settings.map(({ id }) => id)).size < settings.length) fail('webhooks: each needs an id of its own')
  return settings
}

function readWebhook(value: unknown, place: string, fail: (problem: string) => never): WebhookSettings {
  const known = ['id', 'url', 'secretFiles', 'names', 'accounts', 'kinds', 'allowPrivateAddresses']
  const fields = objectOf(value, known, place, fail)
  const { id, url, allowPrivateAddresses = false } = fields
  if (typeof id !== 'string' || !/^[a-z0-9][a-z0-9-]{0,31}$/.test(id))
    return fail(`${place}.id: expected a short name of a–z, 0–9 and -`)
  if (typeof allowPrivateAddresses !== 'boolean') return fail(`${place}.allowPrivateAddresses: expected true or false`)
  const texts = (field: 'secretFiles' | 'names' | 'accounts' | 'kinds', form: RegExp): string[] => {
    const list = fields[field] ?? []
    const isList =
      Array.isArray(list) &&
      list.length <= maxListed &&
      list.every((item) => typeof item === 'string' && form.test(item))
    return isList ? (list as string[]) : fail(`${place}.${field}: expected a list of texts like ${form.source}`)
  }
  const secretFiles = texts('secretFiles', /^.{1,1024}$/)
  if (secretFiles.length === 0 || secretFiles.length > 4) fail(`${place}.secretFiles: name one to four files`)
  return {
    id,
    url:
      urlOf(url) ?? fail(`${place}.url: expected https://…, or http:// and an IP address or localhost, without a user`),
    secretFiles,
    names: texts('names', /^[a-z0-9.-]{1,64}$/),
    accounts: texts('accounts', /^[0-9a-f]{64}$/),
    kinds: texts('kinds', /^[a-zA-Z]{1,64}$/),
    allowPrivateAddresses,
  }
}

/** The address in a URL of a host that is given by address. */
export function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? undefined : bare
}

function urlOf(text: unknown): URL | undefined {
  if (typeof text !== 'string' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const isNear = literalAddress(url) !== undefined || url.hostname === 'localhost'
  const isAllowed = url.protocol === 'https:' || (url.protocol === 'http:' && isNear)
  return isAllowed && url.username === '' && url.password === '' ? url : undefined
}

function objectOf(
  value: unknown,
  known: readonly string[],
  place: string,
  fail: (problem: string) => never,
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(`${place}: expected an object`)
  for (const name of Object.keys(value))
    if (!known.includes(name)) fail(`${place}: unknown field ${JSON.stringify(name.slice(0, 64))}`)
  return value as Record<string, unknown>
}
