/** Receives webhooks of a Cresset node: checks the signature, refuses old and repeated messages, prints the rest. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'

const [port = '8500', secretPath = 'billing.secret'] = process.argv.slice(2)
const secret = Buffer.from((await readFile(secretPath, 'utf8')).trim().replace(/^whsec_/, ''), 'base64')
const toleranceSeconds = 300
const maxBytes = 4 * 1024 * 1024
/** Ids of messages that were handled. A real receiver keeps them with its data, in the same transaction. */
const handled = new Set<string>()

/** `v1,BASE64 v1,BASE64`: any of them may be ours, while a secret is being replaced. */
function isSigned(id: string, timestamp: string, body: string, signatures: string): boolean {
  const age = Math.abs(Date.now() / 1_000 - Number(timestamp))
  if (!(age <= toleranceSeconds)) return false
  const expected = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest()
  return signatures.split(' ').some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/, ''), 'base64')
    return signature.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const server = createServer(async (request, response) => {
  let body = ''
  for await (const part of request.setEncoding('utf8')) {
    body += part
    if (body.length > maxBytes) return response.writeHead(413).end()
  }
  const header = (name: string): string => String(request.headers[`webhook-${name}`] ?? '')
  if (!isSigned(header('id'), header('timestamp'), body, header('signature'))) return response.writeHead(401).end()
  if (!handled.has(header('id'))) console.log(body)
  handled.add(header('id'))
  return response.writeHead(204).end()
})
server.listen(Number(port), '127.0.0.1', () => console.log('ready'))
