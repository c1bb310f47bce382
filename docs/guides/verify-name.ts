/** Who owns a name? Asks a node, or reads an answer from a file, and believes neither: genesis decides. */
import { readFile } from 'node:fs/promises'
import { Client, ClientError, verifyQuery } from '@cresset/access-client'
import { genesisFromJson, trustFromGenesis } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type BlockPoint, readName, type StateView } from '@cresset/core-ledger'

const [genesisPath = '', name = '', answerPath] = process.argv.slice(2)
const genesis = genesisFromJson(await readFile(genesisPath, 'utf8'))
const question = (view: StateView, at: BlockPoint) => readName(view, name, at)

try {
  const { value, rests } =
    answerPath === undefined
      ? await new Client({ genesis }).query(question)
      : verifyQuery(JSON.parse(await readFile(answerPath, 'utf8')).proof, question, trustFromGenesis(genesis), {
          nowMs: Date.now(),
          maxStalenessMs: genesis.parameters.maxStalenessMs,
        })
  const key = value.entry?.registration?.primaryKey
  console.log(`${name} is ${value.status}${key ? `, primary key ${toHex(key)}` : ''}`)
  console.log(`signed by ${rests.signers} of ${rests.validators} validators at height ${rests.height}`)
} catch (error) {
  if (!(error instanceof ClientError)) throw error
  console.log(`${error.kind}: ${error.message}`)
  process.exitCode = 1
}
