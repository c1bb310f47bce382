import * as codec from '../index.ts'

/** Declarations that use every constructor; the fuzz target and the properties run over them. */
const server = codec.struct({
  addresses: codec.list(codec.bytes({ minBytes: 4, maxBytes: 16 }), { minItems: 1, maxItems: 4 }),
  weight: codec.uint16,
  certificate: codec.optional(codec.bytes({ maxBytes: 300 })),
})

const even = codec.mapped(
  codec.uint(1000),
  (value) => {
    if (value % 2 !== 0) throw new RangeError(`${value} is odd`)
    return { half: value / 2 }
  },
  ({ half }) => half * 2,
)

export const transfer = codec.versioned(
  1,
  {
    chainId: codec.asciiText({ minBytes: 1, maxBytes: 64 }),
    signers: codec.list(codec.bytes({ minBytes: 33, maxBytes: 34 }), { minItems: 1, maxItems: 4 }),
    sequence: codec.uint53,
    validUntil: codec.uint53,
    fee: codec.amount,
    body: codec.variant({
      transfer: [1, codec.struct({ to: codec.hash32, amount: codec.amount, memo: codec.text({ maxBytes: 64 }) })],
      publish: [
        300,
        codec.struct({ host: codec.text({ maxBytes: 64 }), servers: codec.list(server, { maxItems: 3 }) }),
      ],
      nothing: [2, codec.struct({})],
    }),
    signatures: codec.list(codec.fixedBytes(64), { minItems: 1, maxItems: 4 }),
  },
  { maxBytes: 2048 },
)

export const sampleCodecs: Readonly<Record<string, codec.Codec<unknown>>> = {
  transfer,
  server,
  even,
  boolean: codec.boolean,
  literal: codec.literal(70_000),
  amount: codec.amount,
  nested: codec.list(codec.list(codec.list(codec.uint8, { maxItems: 3 }), { maxItems: 3 }), {
    maxItems: 300,
    maxBytes: 64,
  }),
} as Readonly<Record<string, codec.Codec<unknown>>>

const common = {
  chainId: 'acme-0123456789abcdef',
  signers: [new Uint8Array(33).fill(1)],
  sequence: 1,
  validUntil: 1_700_000_000_000,
  fee: 350n,
  signatures: [new Uint8Array(64).fill(2)],
}

export const sampleTransfers: codec.Decoded<typeof transfer>[] = [
  { ...common, body: { kind: 'transfer', body: { to: new Uint8Array(32), amount: 2n ** 63n, memo: 'für 水' } } },
  {
    ...common,
    body: {
      kind: 'publish',
      body: {
        host: 'www',
        servers: [
          { addresses: [new Uint8Array(4)], weight: 1, certificate: undefined },
          { addresses: [new Uint8Array(16), new Uint8Array(4)], weight: 0xffff, certificate: new Uint8Array(300) },
        ],
      },
    },
  },
  { ...common, body: { kind: 'nothing', body: {} } },
]
