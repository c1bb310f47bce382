import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as TlsAgent } from 'node:https'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface AskOptions {
  readonly post?: Uint8Array
  readonly timeoutMs: number
}

/**
 * A node's HTTP API. `fetch` cannot ask an IP address under a certificate for `<node>.ns.<zone>`, which a node outside loopback
 * shows; this can, and keeps its connections.
 */
export class NodeApi {
  readonly url: string
  readonly #agent: Agent | TlsAgent
  readonly #tls: { readonly ca: string; readonly servername: string } | undefined

  constructor(url: string, tls: { readonly ca: string; readonly servername: string }) {
    this.url = url
    this.#tls = url.startsWith('https:') ? tls : undefined
    this.#agent = this.#tls === undefined ? new Agent({ keepAlive: true }) : new TlsAgent({ keepAlive: true })
  }

  /** Rejects when there is no whole answer in time. */
  ask(path: string, { post, timeoutMs }: AskOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        agent: this.#agent,
        method: post === undefined ? 'GET' : 'POST',
        headers:
          post === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': post.length },
        ...this.#tls,
      }
      const take = (response: IncomingMessage): void => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          text += part
        })
        response.on('error', end)
        response.on('end', () => {
          clearTimeout(timer)
          try {
            resolve({ status: response.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) })
          } catch (error) {
            reject(error)
          }
        })
      }
      const request: ClientRequest =
        this.#tls === undefined
          ? requestHttp(this.url + path, options, take)
          : requestHttps(this.url + path, options, take)
      const end = (error: Error): void => {
        clearTimeout(timer)
        reject(error)
      }
      const timer = setTimeout(
        () => request.destroy(new Error(`${path} was not answered within ${timeoutMs} ms`)),
        timeoutMs,
      )
      request.on('error', end)
      request.end(post)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}
