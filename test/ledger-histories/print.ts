import type { Act, History, Step, TransactionPlan } from './history.ts'

/** A history in words, one line a block and one a transaction. */
export function printHistory({ genesis, steps }: History): string {
  const parameters = Object.entries(genesis.parameters).map(([name, value]) => `${name}=${value}`)
  const balances = Object.entries(genesis.balances).map(([name, amount]) => `${name} has ${amount}`)
  const lines = [
    `genesis: ${genesis.validators} validators, ${genesis.nameNodes} of them name nodes; ${balances.join(', ')}`,
    `  ${parameters.join(' ')}`,
  ]
  let height = 1
  for (const step of steps) {
    lines.push(...printStep(step, height))
    height += step.times ?? 1
  }
  return lines.join('\n')
}

function printStep(
  { afterMs, proposer = 0, times = 1, parameters, transactions = [] }: Step,
  height: number,
): string[] {
  const many = times > 1 ? `${times} blocks, each` : 'block'
  const head = `height ${height}: ${many} ${afterMs} ms after the one before, by node ${proposer}`
  const changed = Object.entries(parameters ?? {}).map(([name, value]) => `  from here on ${name}=${value}`)
  return [
    ...changed,
    transactions.length === 0 ? `${head}, empty` : head,
    ...transactions.map((plan) => `  ${printPlan(plan)}`),
  ]
}

function printPlan({ by, act, with: others, ...bends }: TransactionPlan): string {
  const agreed = others === undefined ? '' : ` (also signed by ${others.join(', ')})`
  const bent = Object.entries(bends).map(([field, value]) => `${field} ${value}`)
  return `${by} ${printAct(act)}${agreed}${bent.length > 0 ? `, with ${bent.join(', ')}` : ''}`
}

function printAct(act: Act): string {
  switch (act.kind) {
    case 'transfer':
      return `transfers ${act.amount} to ${act.to}`
    case 'seal': {
      const { id, label, zone, owner, deposit, certificate, wrong, flip } = act
      const extra = certificate === undefined ? '' : `, certificate ${JSON.stringify(certificate)}`
      const bent = `${wrong ? `, wrong ${wrong}` : ''}${flip === undefined ? '' : `, bit ${flip} turned`}`
      return `makes seal ${id} of ${label}.${zone} for ${owner}, deposit ${deposit}${extra}${bent}`
    }
    case 'copySeal':
      return `copies seal ${act.of} as ${act.id}`
    case 'reveal':
      return `reveals seal ${act.id}${act.wrong ? `, wrong ${act.wrong}` : ''}`
    case 'topUp':
      return `tops up ${act.name} by ${act.amount}`
    case 'cancel':
      return `cancels ${act.name}`
    case 'renew':
      return `renews ${act.name}`
    case 'setStandingOrder':
      if (act.refill === undefined) return `revokes the standing order of ${act.name}`
      return `orders refills of ${act.name} by ${act.refill}, ${act.cap ?? act.refill} in all`
    case 'agree': {
      const { kind: _, document, parties, ...rest } = act
      return `carries an agreement of ${parties.join(', ')} on "${document}": ${JSON.stringify(rest)}`
    }
    case 'notarize':
      return `notarizes "${act.words}", form ${act.form ?? 0}`
    case 'transferName':
    case 'offerName':
    case 'buyName':
    case 'withdrawOffer':
    case 'changeKey':
    case 'setDomainCertificate':
    case 'setDelegation':
    case 'setEncryptionKey': {
      const { kind, name, ...terms } = act
      return `${kind} ${name}: ${JSON.stringify(terms)}`
    }
    case 'propose':
      return `proposes for ${act.node}: ${JSON.stringify(act.change)}`
    case 'vote':
      return `votes ${act.yes ? 'yes' : 'no'} on ${act.proposal} for ${act.node}${act.wrong ? ', of another change' : ''}`
    case 'stake':
    case 'unstake':
      return `${act.kind}s ${act.amount} for ${act.node}`
    case 'addServer': {
      const { kind: _, name, host, ...content } = act
      return `adds a server to "${host}" of ${name}: ${JSON.stringify(content)}`
    }
    case 'withdrawServer':
      return `withdraws the server of ${act.key} from "${act.host}" of ${act.name}, overlap ${act.overlap}`
    case 'confirmAddress':
      return `${act.isConfirmed ? 'confirms' : 'no longer confirms'} "${act.host}" of ${act.name} at ${act.address}`
    case 'setZoneKeys': {
      const { kind: _, zone, ...content } = act
      return `sets the keys of the zone ${zone}: ${JSON.stringify(content)}`
    }
    case 'setRecords': {
      const { kind: _, name, ...content } = act
      return `sets records of ${name}: ${JSON.stringify(content)}`
    }
    case 'publish': {
      const { kind: _, name, host, ...content } = act
      return `publishes "${host}" of ${name}: ${JSON.stringify(content)}`
    }
  }
}
