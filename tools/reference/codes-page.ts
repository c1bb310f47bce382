import { apiCodes } from '@cresset/access-http-api'
import { codes } from '@cresset/core-ledger'
import { nodeCodes } from '@cresset/network-application'
import { exitStatuses, type StopReason } from '@cresset/node'
import { markdownTable } from './markdown-table.ts'

const stopReasons: Record<StopReason, string> = {
  crashed: 'A fault of the program. What was acknowledged is on the disk.',
  configuration: 'An argument, `node.json`, `genesis.json` or a key file is missing or wrong.',
  'port-in-use': 'A port is taken by another process, or may not be used.',
  'data-in-use': 'Another process holds the data folder.',
  'genesis-differs': 'The data folder belongs to another ledger than `genesis.json` describes.',
  'disk-full': 'No room on the disk. What was acknowledged is on it: make room and start again.',
  'key-in-use': 'Another process votes with the key of this node. Let only one of them run.',
  'key-unavailable': 'The agent or token with the key of its votes does not sign. Bring it back, then start again.',
  'network-unreachable': 'No node of the network that is to be joined answers. Ask for a newer joining file.',
  'release-too-old':
    "Members voted for a version of the ledger's rules that this release lacks. Install the release that the line names.",
  'state-differs':
    'It computed another state than a quorum signed. The block is kept in its data folder: compare the releases, then let it catch up from nothing.',
  'data-damaged':
    'Stored data does not fit together. The node does not guess: restore it, or let it catch up from nothing.',
}

/** docs/reference/codes.md */
export function codesPage(): string {
  const exits = Object.entries(exitStatuses).map(([reason, status]) => [
    String(status),
    `\`${reason}\``,
    stopReasons[reason as StopReason],
  ])
  const transaction = Object.entries(codes).map(([code, { number, places, meaning, remedy }]) => [
    `\`${code}\``,
    String(number),
    places.join(', '),
    `${meaning} ${remedy}`,
  ])
  const pool = Object.entries(nodeCodes).map(([code, meaning]) => [`\`${code}\``, '', 'node', meaning])
  return `# Codes

<!-- Written by npm run reference from core/ledger, network/application, access/http-api and node. -->

Every "no" is a word from one of these sets. Nothing else is returned.

## Exit codes of \`cresset\`

| status | meaning |
|---|---|
| 0 | done |
| 1 | refused: the ledger, a node or a file said no |
| 2 | usage: an argument or a file cannot be right; nothing was sent |
| 3 | not found: proven absent, or unknown to the node |
| 4 | not verified: an answer or a server does not follow from the ledger, or is too old. Do not go on |
| 5 | unreachable: no node, or no server, answered |
| 6 | not final in time: it may still become so; run the command again, or look the transaction up |

With \`--json\` the error is \`{"error": {"kind", "code", "message"}}\` on stdout. \`kind\` is the word before the colon, with hyphens; \`code\` is one
of the words below or of the [client's](../protocol/answers-and-proofs.md#what-a-client-refuses).

## Exit statuses of a node

${markdownTable(['status', 'reason', 'meaning'], exits)}
0 is a stop by SIGINT or SIGTERM. The last line of \`node.log\` has the reason as \`reason\`, and in words.

## Transactions

In receipts, in problem details of \`POST /v1/transactions\`, and in errors of the SDK. \`block\`: no block may hold such a transaction. \`admission\`: a node
does not take it. \`receipt\`: a block holds it without effect, and the fee is paid. \`node\`: one node does not keep it; another may.

${markdownTable(['code', 'number', 'where', 'meaning, and what to do'], [...transaction, ...pool])}
## HTTP API

Problem details (RFC 9457): \`type\` is \`urn:cresset:problem:<code>\`. Besides the codes above:

${markdownTable(
  ['code', 'meaning'],
  Object.entries(apiCodes).map(([code, meaning]) => [`\`${code}\``, meaning]),
)}`
}
