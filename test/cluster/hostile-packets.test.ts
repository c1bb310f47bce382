import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { test } from 'node:test'
import { skipWithout } from '../../tools/system-tools.ts'
import { runProgram } from './cluster.ts'
import { Validators } from './validators.ts'

const packets = 100_000
/** After so many hostile packets a true question waits for its answer: the flood is as fast as the server, and none is lost in a socket's buffer. */
const between = 50
const greatestGrowthMiB = 48

/** A xorshift generator: the same packets each time for a seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** id, flags, counts, then `www.shop.acme` TXT IN and an OPT record of 1,232 bytes. */
const question = Buffer.from(
  '000001000001000000000001' + '03777777' + '0473686f70' + '0461636d65' + '00' + '00100001' + '00002904d0000000000000',
  'hex',
)

/** Packets that break the form of a message in one way or another, some of them only just. */
function hostilePacket(random: () => number): Buffer {
  const packet = Buffer.from(question)
  packet.writeUInt16BE(random() & 0xffff, 0)
  switch (random() % 10) {
    case 0:
      // Noise, up to the largest datagram.
      return Buffer.from(Array.from({ length: random() % 1_500 }, () => random() & 255))
    case 1:
      return packet.subarray(0, random() % packet.length)
    case 2:
      // A count that the message does not hold.
      packet.writeUInt16BE(random() & 0xffff, 4 + 2 * (random() % 4))
      return packet
    case 3:
      // A compression pointer to itself, ahead or into the header.
      packet.writeUInt16BE(0xc000 | (random() % 64), 12)
      return packet
    case 4: {
      // A chain of pointers, each to the one before.
      const chain = Buffer.alloc(12 + 2 * 200)
      packet.copy(chain, 0, 0, 12)
      for (let at = 14; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (at - 2), at)
      return chain
    }
    case 5:
      // A label or an option that is longer than what is left.
      packet[12 + (random() % (packet.length - 12))] = random() & 255
      return packet
    case 6: {
      // A name far over 255 bytes.
      const labels = Buffer.concat(
        Array.from({ length: 20 }, () => Buffer.concat([Buffer.of(63), Buffer.alloc(63, 97)])),
      )
      return Buffer.concat([packet.subarray(0, 12), labels, Buffer.of(0, 0, 1, 0, 1)])
    }
    case 7:
      // Another operation, or an answer in place of a question.
      packet.writeUInt16BE(random() & 0xffff, 2)
      return packet
    case 8:
      // A random type and class.
      packet.writeUInt32BE(random(), 12 + 15)
      return packet
    default: {
      // A few changed bits anywhere.
      for (let count = 1 + (random() % 6); count > 0; count--) packet[random() % packet.length]! ^= 1 << (random() % 8)
      return packet
    }
  }
}

/** Sends the true question again and again until its own answer comes. */
async function answerTo(socket: Socket, port: number, id: number): Promise<Buffer> {
  const wanted = Buffer.from(question)
  wanted.writeUInt16BE(id, 0)
  return new Promise((resolve, reject) => {
    let attempts = 0
    const ask = (): void => {
      if (++attempts > 50) finish(() => reject(new Error('the server no longer answers')))
      else socket.send(wanted, port, '127.0.0.1')
    }
    const timer = setInterval(ask, 200)
    const finish = (settle: () => void): void => {
      clearInterval(timer)
      socket.off('message', heard)
      settle()
    }
    const heard = (answer: Buffer): void => {
      if (answer.readUInt16BE(0) === id && answer.length > 12) finish(() => resolve(answer))
    }
    socket.on('message', heard)
    ask()
  })
}

async function residentMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) / 1_024
}

/** Datagrams that the system threw away because the server had not read those before. */
async function droppedDatagrams(port: number): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = (await readFile('/proc/net/udp', 'utf8')).split('\n')
  const line = lines.find((text) => text.trim().split(/\s+/)[1]?.endsWith(local))
  return Number(line?.trim().split(/\s+/).at(-1))
}

test(`${packets} malformed DNS packets, and garbage over TCP: no crash, no growing memory, and dig gets its answer`, {
  skip: skipWithout('dig') || (process.platform === 'linux' ? false : 'reads /proc'),
}, async (context) => {
  await using validators = await Validators.make({ count: 1 })
  const [ready] = await validators.startAll()
  const port = Number(ready!.dns.split(':')[1])
  const pid = validators.processes[0]!.pid!
  const socket = createSocket('udp4')
  // The true question uses ids above the hostile ones' in a socket of its own, so that no answer is taken for another.
  const asking = createSocket('udp4')
  try {
    const random = generator(Number(process.env['CRESSET_TEST_SEED'] ?? 0) + 20_251)
    let warmMiB = 0
    let worstMiB = 0
    const start = performance.now()
    for (let sent = 0; sent < packets; sent += between) {
      for (let count = 0; count < between; count++) socket.send(hostilePacket(random), port, '127.0.0.1')
      const answer = await answerTo(asking, port, sent / between)
      assert.equal(answer[3]! & 15, 3, 'NXDOMAIN: nobody registered the name')
      if (sent % 5_000 !== 0) continue
      const mebibytes = await residentMiB(pid)
      // Compiled code and the first collections of the heap belong to any load.
      if (sent === packets / 5) warmMiB = mebibytes
      worstMiB = Math.max(worstMiB, mebibytes)
    }
    const seconds = (performance.now() - start) / 1_000
    const dropped = await droppedDatagrams(port)
    context.diagnostic(
      `${packets} packets in ${seconds.toFixed(1)} s, ${dropped} not read; resident ${warmMiB.toFixed(0)} MiB after a fifth, at most ${worstMiB.toFixed(0)}`,
    )
    assert.ok(dropped < packets / 100, `the server read all but ${dropped} packets`)
    assert.ok(worstMiB - warmMiB < greatestGrowthMiB, `from ${warmMiB} to ${worstMiB} MiB`)

    for (let connection = 0; connection < 200; connection++) {
      const stream = connect(port, '127.0.0.1')
      stream.on('error', () => undefined)
      await once(stream, 'connect')
      const length = random() % 400
      const head = Buffer.of(length >> 8, length & 255)
      stream.end(Buffer.concat([head, hostilePacket(random)]))
      // What comes back, if anything, is read and thrown away until the server closes.
      stream.resume()
      await once(stream, 'close')
    }
    for (const transport of ['+notcp', '+tcp']) {
      const dig = await runProgram('dig', [
        '@127.0.0.1',
        '-p',
        String(port),
        'acme',
        'SOA',
        transport,
        '+time=3',
        '+tries=1',
      ])
      assert.equal(dig.code, 0, dig.stdout)
      assert.match(dig.stdout, /status: NOERROR/)
    }
    assert.ok(validators.processes[0]!.running)
    const log = await readFile(validators.processes[0]!.logPath, 'utf8')
    assert.ok(log.split('\n').length < 50, 'a line in the log for each packet would fill the disk')
    await validators.until(0, ({ problems }) => problems.length === 0, 'it tells of a problem')
  } finally {
    socket.close()
    asking.close()
  }
})
