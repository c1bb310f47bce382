const LINE_FEED = 0x0a

/** The lines of a stream, without their line feeds. Throws `RangeError` at one that is longer, before it is read whole. */
export async function* boundedLines(stream: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      if (length + end - start > maxBytes) throw new RangeError(`a line has over ${maxBytes} bytes`)
      yield Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8')
      parts = []
      length = 0
      start = end + 1
    }
    length += chunk.length - start
    if (length > maxBytes) throw new RangeError(`a line has over ${maxBytes} bytes`)
    if (start < chunk.length) parts.push(chunk.subarray(start))
  }
}
