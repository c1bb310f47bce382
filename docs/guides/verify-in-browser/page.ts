/** Who owns a name? Asks any node, and believes none: genesis decides, which came with this page and not from the node. */
import { Client, ClientError, trustFromJson, trustToJson } from '@cresset/access-client/verifying'
import { genesisFromJson, type Trust, trustFromGenesis } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type BlockPoint, readName, type StateView } from '@cresset/core-ledger/reading'

const genesis = genesisFromJson(await (await fetch('genesis.json')).text())
const form = document.querySelector('form')!
const output = document.querySelector('output')!

/** A ledger older than its trusting period needs a recent header to begin with; whoever serves the page puts it beside genesis. */
const served = await fetch('trust.json')
const begin = served.ok ? trustFromJson(await served.text(), genesis) : trustFromGenesis(genesis)

/** The newest header that this browser checked, unless the served one is newer. */
function newestTrust(): Trust {
  const text = localStorage.getItem('cresset-trust')
  const kept = text === null ? begin : trustFromJson(text, genesis)
  return kept.height > begin.height ? kept : begin
}

function show(state: 'asking' | 'verified' | 'refused' | 'unreachable', text: string): void {
  document.documentElement.dataset.state = state
  output.textContent = text
}

async function verify(name: string, node: string): Promise<void> {
  show('asking', `asking ${node} …`)
  try {
    const client = new Client({ genesis, nodes: [node], trust: newestTrust() })
    const question = (view: StateView, at: BlockPoint) => readName(view, name, at)
    const { value, rests } = await client.query(question, `/v1/names/${encodeURIComponent(name)}`)
    localStorage.setItem('cresset-trust', trustToJson(client.trust))
    const key = value.entry?.registration?.primaryKey
    show(
      'verified',
      `${name} is ${value.status}${key ? `, primary key ${toHex(key)}` : ''}
signed by ${rests.signers} of ${rests.validators} validators at height ${rests.height}, under genesis ${toHex(rests.genesisDigest)}`,
    )
  } catch (error) {
    if (!(error instanceof ClientError)) throw error
    show(error.kind === 'not-verified' ? 'refused' : 'unreachable', `${error.code}: ${error.message}`)
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const { name, node } = Object.fromEntries(new FormData(form)) as { name: string; node: string }
  void verify(name, node)
})
document.querySelector('button')!.disabled = false
