import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

function isTcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function isUdpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)))
  })
}

/** The first port from `preferred` on, in steps of 100, from which `count` ports are free for TCP and UDP. */
export async function freePorts(preferred: number, count: number): Promise<number> {
  for (let first = preferred; first + count < 65_000; first += 100) {
    let free = true
    for (let port = first; port < first + count && free; port++)
      free = (await isTcpFree(port)) && (await isUdpFree(port))
    if (free) return first
  }
  throw new Error(`no ${count} free ports from ${preferred} on`)
}
