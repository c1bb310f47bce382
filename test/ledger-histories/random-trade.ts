import type { Random } from '../../tools/fuzz/random.ts'
import type { Act, OfferPlan } from './history.ts'
import { owners, payers } from './random-genesis.ts'

const dayMs = 86_400_000

/** Transfers and sales that mostly meet something: remembers what was offered and agreed. */
export class RandomTrades {
  readonly #random: Random
  #offers: (OfferPlan & { readonly seller: string })[] = []
  readonly #transfers: string[] = []
  #made = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** `ownerOf` tells the key that has a name now. */
  next(name: string, ownerOf: (name: string) => string): Act {
    switch (this.#random.below(8)) {
      case 0:
        return this.#transfer(name, ownerOf(name))
      case 1:
        return { kind: 'changeKey', name, to: this.#random.pick(owners) }
      case 2:
        return this.#withdraw(name)
      case 3:
      case 4:
      case 5:
        return this.#offers.length === 0 ? this.#offer(name, ownerOf(name)) : this.#buy(ownerOf)
      default:
        return this.#offer(name, ownerOf(name))
    }
  }

  #span(): number {
    const random = this.#random
    if (random.oneIn(8)) return random.pick([-1, 0, 1, 90 * dayMs, 90 * dayMs + 1])
    return random.pick([5_000, 60_000, dayMs, 10 * dayMs])
  }

  #transfer(name: string, owner: string): Act {
    const random = this.#random
    const id = `t${++this.#made}`
    const again = random.oneIn(5) && this.#transfers.length > 0 ? { again: random.pick(this.#transfers) } : {}
    const from = random.oneIn(12) ? random.pick(owners) : owner
    const wrong = random.oneIn(6) ? { wrong: random.pick(['from', 'to', 'key', 'chain'] as const) } : {}
    const ownership = random.oneIn(10) ? { ownership: random.pick([-1, 1]) } : {}
    this.#transfers.push(id)
    const terms = { name, from, to: random.pick(owners), keep: random.oneIn(2), forMs: this.#span() }
    return { kind: 'transferName', id, ...terms, ...again, ...wrong, ...ownership }
  }

  #offer(name: string, seller: string): Act {
    const random = this.#random
    const offer = {
      id: `o${++this.#made}`,
      name,
      price: random.pick(['0', '1', '999', '50000', '3000000', String(2n ** 62n)]),
      ...(random.oneIn(4) ? { buyer: random.pick(payers) } : {}),
      forMs: this.#span(),
    }
    this.#offers.push({ ...offer, seller })
    return { kind: 'offerName', ...offer }
  }

  #withdraw(name: string): Act {
    const random = this.#random
    if (this.#offers.length === 0) return { kind: 'withdrawOffer', name, offer: 'none' }
    const offer = random.oneIn(6) ? random.pick(this.#offers) : (this.#offers.at(-1) as OfferPlan)
    return { kind: 'withdrawOffer', name: random.oneIn(8) ? name : offer.name, offer: offer.id }
  }

  /** Mostly the newest offer, by its terms. */
  #buy(ownerOf: (name: string) => string): Act {
    const random = this.#random
    const offer = random.oneIn(2) ? random.pick(this.#offers.slice(-6)) : (this.#offers.at(-1) as OfferPlan)
    const price = BigInt(offer.price)
    const highest = random.pick([price, price, price + 7n, price === 0n ? 0n : price - 1n])
    const seller = random.oneIn(12) ? random.pick(owners) : ownerOf(offer.name)
    return {
      kind: 'buyName',
      name: offer.name,
      offer: offer.id,
      seller,
      highest: String(highest),
      owner: random.pick(owners),
    }
  }
}
