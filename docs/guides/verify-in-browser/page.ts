/** Who owns a name? Asks any node, and believes none: genesis decides, which came with this page and not from the node. */
import { Client, ClientError, trustFromJson, trustToJson } from '@cresset/access-client/verifying'
import { genesisFromJson } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type BlockPoint, readName, type StateView } from '@cresset/core-ledger/reading'

const genesis = genesisFromJson(await (await fetch('genesis.json')).text())
const form = document.querySelector('form')!
const output = document.querySelector('output')!

/** The newest header that this browser checked, so that it starts from there next time. */
const kept = () => {
  const text = localStorage.getItem('cresset-trust')
  return text === null ? {} : { trust: trustFromJson(text, genesis) }
}

function show(state: 'asking' | 'verified' | 'refused' | 'unreachable', text: string): void {
  document.documentElement.dataset.state = state
  output.textContent = text
}

async function verify(name: string, node: string): Promise<void> {
  show('asking', `asking ${node} …`)
  try {
    const client = new Client({ genesis, nodes: [node], ...kept() })
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
