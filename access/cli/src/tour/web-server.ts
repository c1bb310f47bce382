import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface WebServer {
  readonly port: number
  close(): Promise<void>
}

/** A real HTTPS server on loopback. `port` 0 takes a free one. */
export async function startWebServer(options: {
  keyPem: string
  certificatePem: string
  text: string
  port: number
}): Promise<WebServer> {
  const server: Server = createServer(
    { key: options.keyPem, cert: options.certificatePem, minVersion: 'TLSv1.2' },
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      response.end(options.text)
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
