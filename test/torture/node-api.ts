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

/** A node's HTTP API, over connections that are kept. Beyond loopback its name need not resolve: it is asked at `address`. */
export class NodeApi {
  readonly url: string
  readonly #agent: Agent | TlsAgent
  readonly #place: { readonly host: string; readonly port: string; readonly servername: string; readonly ca: string }
  readonly #isTls: boolean

  constructor(url: string, { address, ca }: { readonly address: string; readonly ca: string }) {
    const { hostname, port, protocol } = new URL(url)
    this.url = url
    this.#isTls = protocol === 'https:'
    this.#place = { host: address, port, servername: hostname, ca }
    this.#agent = this.#isTls ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
  }

  /** Rejects when there is no whole answer in time. */
  ask(path: string, { post, timeoutMs }: AskOptions): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = {
        agent: this.#agent,
        method: post === undefined ? 'GET' : 'POST',
        headers:
          post === undefined ? {} : { 'content-type': 'application/octet-stream', 'content-length': post.length },
        ...this.#place,
        path,
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
      const request: ClientRequest = this.#isTls ? requestHttps(options, take) : requestHttp(options, take)
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
