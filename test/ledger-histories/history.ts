/**
 * A history as data: everything in it is relative to what the ledger says when its turn comes (the next sequence, the price of a
 * transaction, block time), so that a history stays meaningful when steps are taken out of it. Amounts are decimal strings.
 */
export interface History {
  /** Of the generator that wrote it. */
  readonly seed: number
  readonly genesis: GenesisPlan
  readonly steps: readonly Step[]
}

export interface GenesisPlan {
  readonly parameters: Readonly<Record<string, number | string>>
  readonly validators: number
  /** How many of the validators share the name nodes' part. */
  readonly nameNodes: number
  /** Amounts by the name of a key; keys whose names begin with p are P-256, others Ed25519. */
  readonly balances: Readonly<Record<string, string>>
}

/** One block, or `times` blocks of the same kind without transactions. */
export interface Step {
  readonly afterMs: number
  readonly proposer?: number
  readonly times?: number
  /** Parameters that hold from this block on, as a vote of the block before would have written them. */
  readonly parameters?: Readonly<Record<string, number>>
  readonly transactions?: readonly TransactionPlan[]
}

export interface TransactionPlan {
  /** Key that pays. */
  readonly by: string
  readonly with?: readonly string[]
  readonly act: Act
  /** Added to the next sequence. */
  readonly sequence?: number
  /** Added to block time; an hour if absent. */
  readonly validForMs?: number
  /** Added to the price; 0 if absent. */
  readonly fee?: number
  readonly chain?: string
  readonly damage?: 'signature' | 'trailing' | 'signer-twice' | 'cut'
  /** One bit of the signed bytes is turned: this one, counted around. */
  readonly flip?: number
}

export type Act =
  | { readonly kind: 'transfer'; readonly to: string; readonly amount: string; readonly memo?: number }
  | ({ readonly kind: 'seal' } & SealPlan)
  | { readonly kind: 'copySeal'; readonly id: string; readonly of: string }
  | { readonly kind: 'reveal'; readonly id: string; readonly wrong?: 'secret' | 'sequence' }
  | ({ readonly kind: 'publish' } & PublishPlan)
  | { readonly kind: 'topUp'; readonly name: string; readonly amount: string }
  | { readonly kind: 'cancel'; readonly name: string }
  /** Without amounts: revokes. */
  | { readonly kind: 'setStandingOrder'; readonly name: string; readonly refill?: string; readonly cap?: string }
  | { readonly kind: 'renew'; readonly name: string }
  | { readonly kind: 'notarize'; readonly words: string; readonly form?: number }
  | ({ readonly kind: 'agree' } & AgreementPlan)
  | ({ readonly kind: 'transferName' } & NameTransferPlan)
  | ({ readonly kind: 'offerName' } & OfferPlan)
  | ({ readonly kind: 'buyName' } & PurchasePlan)
  | { readonly kind: 'withdrawOffer'; readonly name: string; readonly offer: string }
  | { readonly kind: 'changeKey'; readonly name: string; readonly to: string }
  | { readonly kind: 'setDomainCertificate'; readonly name: string; readonly certificate?: AuthorityPlan }
  | ({ readonly kind: 'setDelegation' } & DelegationPlan)
  | {
      readonly kind: 'setEncryptionKey'
      readonly name: string
      /** Hex. */
      readonly key?: string
    }
  | { readonly kind: 'propose'; readonly node: string; readonly change: ChangePlan }
  /** `wrong`: names something else than what is proposed. */
  | {
      readonly kind: 'vote'
      readonly node: string
      readonly proposal: number
      readonly yes: boolean
      readonly wrong?: boolean
    }
  | { readonly kind: 'stake' | 'unstake'; readonly node: string; readonly amount: string }
  | ({ readonly kind: 'addServer' } & ServerAdditionPlan)
  | {
      readonly kind: 'withdrawServer'
      readonly name: string
      readonly host: string
      readonly key: string
      readonly overlap: number
    }
  | {
      readonly kind: 'confirmAddress'
      /** Hex. */
      readonly address: string
      readonly name: string
      readonly host: string
      readonly isConfirmed: boolean
    }
  | ({ readonly kind: 'setZoneKeys' } & ZoneKeysPlan)
  | ({ readonly kind: 'setRecords' } & RecordTablePlan)

/** Keys of a node, by the words in their names; `kept` names keys that it has already. */
export interface NodeKeysPlan {
  readonly keys: string
  readonly kept?: { readonly identity?: string; readonly consensus?: string }
  readonly wrong?: 'name' | 'endpoint' | 'key' | 'type' | 'twice' | 'proof' | 'chain'
}

interface PropertiesPlan {
  /** A bit a role. */
  readonly roles: number
  readonly level: number
}

/** What members vote on; a node is named by its first identity key. */
export type ChangePlan =
  | ({ readonly kind: 'addNode'; readonly name: string } & PropertiesPlan & NodeKeysPlan)
  | { readonly kind: 'removeNode' | 'validatorIn' | 'validatorOut'; readonly node: string }
  | ({ readonly kind: 'setNodeKeys'; readonly node: string } & NodeKeysPlan)
  | ({ readonly kind: 'setNodeProperties'; readonly node: string } & PropertiesPlan & Pick<NodeKeysPlan, 'wrong'>)
  | { readonly kind: 'parameters'; readonly changes: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'issueMoney'; readonly to: string; readonly amount: string }
  /** `blocks` after this one. */
  | { readonly kind: 'upgrade'; readonly version: number; readonly blocks: number }
  | {
      readonly kind: 'setZoneAnchors'
      readonly zone: string
      readonly anchors: readonly string[]
      readonly wrong?: 'key'
    }

export interface ZoneKeysPlan {
  readonly zone: string
  /** Seconds. */
  readonly ttl: number
  readonly keys: readonly ZoneKeyPlan[]
  readonly signatures: readonly ZoneSignaturePlan[]
  /** Signed for the zone's next revision, or so many later. */
  readonly authorization?: { readonly by: string; readonly revision?: number; readonly wrong?: 'chain' }
}

/** A DNSKEY record, whether or not it could be one. */
export type ZoneKeyPlan = readonly [
  key: string,
  flags: number,
  wrong?: 'protocol' | 'algorithm' | 'point' | 'other-point' | 'short',
]

/** A signature over the keys of the plan, or one that the zone has already, counted around. */
export type ZoneSignaturePlan =
  | { readonly again: number }
  | {
      readonly by: string
      /** Whose tag is told. */
      readonly flags: number
      /** Added to block time in seconds, rounded down. */
      readonly fromSeconds: number
      readonly untilSeconds: number
      readonly wrong?:
        | 'covered'
        | 'algorithm'
        | 'labels'
        | 'ttl'
        | 'tag'
        | 'signer'
        | 'case'
        | 'bit'
        | 'cut'
        | 'fewer'
        | 'stub'
      /** With the greater s of the two that an ECDSA signature may have. */
      readonly isHigh?: boolean
    }

/** A certificate of an authority, the same bytes whenever it is made. */
export interface AuthorityPlan {
  readonly key: string
  readonly subtree: string
  readonly pathLength?: number
  /** Key of the name's authority that issues it; its own key if absent. */
  readonly issuer?: { readonly key: string; readonly subtree: string }
  /** The rule that it breaks. */
  readonly wrong?:
    | 'leaf'
    | 'usage'
    | 'unconstrained'
    | 'wider'
    | 'two'
    | 'addresses'
    | 'critical'
    | 'curve'
    | 'signature'
  /** Begins so long after genesis, backdated by an hour, and ends `lifetimeMs` after that. */
  readonly fromMs?: number
  readonly lifetimeMs?: number
  readonly damage?: boolean
}

export interface DelegationPlan {
  readonly name: string
  readonly host: string
  /** Absent: the host is taken back. */
  readonly to?: {
    readonly ttl?: number
    /** Addresses in hex. */
    readonly servers: readonly (readonly [name: string, addresses: readonly string[]])[]
    /** Hex. */
    readonly signers?: readonly string[]
    readonly updateKey?: string
    readonly wrong?: 'update-key'
    readonly certificate?: AuthorityPlan
  }
}

export interface AgreementPlan {
  readonly document: string
  readonly title?: string
  /** Names of keys in any order. */
  readonly parties: readonly string[]
  /** From a party by its place in the order of the keys. */
  readonly pays: readonly (readonly [from: number, to: string, amount: string])[]
  /** Added to ledger time. */
  readonly forMs: number
  readonly wrong?: 'order' | 'twice' | 'key' | 'missing' | 'short' | 'long' | 'chain'
}

export interface NameTransferPlan {
  /** By which a later step carries the same agreement again. */
  readonly id: string
  /** Carry this one instead of making one. */
  readonly again?: string
  readonly name: string
  readonly from: string
  readonly to: string
  /** Added to the name's count of owners. */
  readonly ownership?: number
  readonly keep?: boolean
  /** Added to ledger time. */
  readonly forMs: number
  readonly wrong?: 'from' | 'to' | 'key' | 'chain'
}

export interface OfferPlan {
  /** By which later steps find it. */
  readonly id: string
  readonly name: string
  readonly price: string
  readonly buyer?: string
  /** Added to ledger time. */
  readonly forMs: number
}

export interface PurchasePlan {
  readonly name: string
  readonly offer: string
  readonly seller: string
  readonly highest: string
  readonly owner: string
}

export interface SealPlan {
  /** By which later steps find it. */
  readonly id: string
  readonly label: string
  readonly zone: string
  readonly owner: string
  readonly deposit: string
  readonly certificate?: CertificatePlan
  readonly wrong?: 'signature' | 'key' | 'plaintext' | 'chain' | 'sequence' | 'commitment'
  /** One bit of the registration is turned before it is sealed. */
  readonly flip?: number
}

/** A self-signed certificate of `key`, the same bytes whenever it is made. */
export interface CertificatePlan {
  readonly key: string
  readonly host: string
  /** Begins so long after genesis, backdated by an hour, and ends `lifetimeMs` after that. */
  readonly fromMs?: number
  readonly lifetimeMs?: number
  readonly damage?: boolean
}

export interface ServerPlan {
  readonly key: string
  /** Hex. */
  readonly addresses: readonly string[]
  readonly weight?: number
  readonly certificate?: CertificatePlan
  readonly wrong?: 'proof' | 'key' | 'owner'
}

export interface ServerAdditionPlan {
  readonly name: string
  readonly host: string
  /** Whose registration the server's key signs for. */
  readonly owner: string
  readonly server: ServerPlan
  /** Key of the server whose place it takes. */
  readonly replaces?: string
  readonly overlap: number
}

export interface PublishPlan {
  readonly name: string
  readonly host: string
  readonly ttl?: number
  /** Whose registration the servers' keys sign for. */
  readonly owner: string
  /** Number of the length for which old keys stay; 0, none, if absent. */
  readonly overlap?: number
  readonly servers?: readonly ServerPlan[]
  readonly services?: readonly (readonly [port: number, protocol: number, web: boolean])[]
  readonly recordSets?: readonly RecordSetPlan[]
}

export interface RecordSetPlan {
  readonly type: number
  readonly ttl?: number
  /** Hex. */
  readonly data: readonly string[]
}

/** Pages of a name's record table, told by their owners: each is whole, so owners that are left out go. */
export interface RecordTablePlan {
  readonly name: string
  /** The generation that is served, the one being built, or one that begins. */
  readonly of: 'served' | 'building' | 'next'
  /** Added to its number. */
  readonly generation?: number
  /** Those of the generation if absent; 0 for one that begins. */
  readonly bits?: number
  readonly serve: boolean
  readonly owners: readonly (readonly [owner: string, sets: readonly RecordSetPlan[]])[]
  /** Pages told although they have no owner here. */
  readonly emptied?: readonly number[]
  readonly wrong?: 'owner-order' | 'owner-twice' | 'page-order' | 'page-twice' | 'page-unknown' | 'foreign'
}
