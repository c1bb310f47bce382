import { readUint16 } from '../integers.ts'
import { MAX_TTL_SECONDS } from '../limits.ts'
import { nameEnd } from '../name.ts'
import { RecordType } from '../record-type.ts'
import {
  extendedIdentifierField,
  hashedNameField,
  ipv4Field,
  ipv6Field,
  restBase64Field,
  restHexField,
  saltField,
} from './binary-fields.ts'
import type { Field, RdataCode } from './field.ts'
import { mnemonicUint16, timestampField, typeField, uint8, uint16, uint32 } from './integer-fields.ts'
import { locationField } from './location-fields.ts'
import { nameField } from './name-field.ts'
import { serviceParametersField } from './service-parameters-field.ts'
import { propertyTagField, restTextField, stringField, stringsField } from './text-fields.ts'
import { typeBitmapField } from './type-bitmap-field.ts'

/** The layout of one type's RDATA, and what its fields must satisfy together. */
export interface RdataFormat {
  readonly fields: readonly Field[]
  /** Called with RDATA whose fields are all well-formed. */
  readonly check?: (rdata: Uint8Array) => RdataCode | undefined
}

/** RFC 4509, RFC 6605: 1 is SHA-1, 2 is SHA-256, 4 is SHA-384. */
const DS_DIGESTS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 32],
  [4, 48],
])

/** RFC 4255, RFC 6594: 1 is SHA-1, 2 is SHA-256. */
const SSHFP_DIGESTS: ReadonlyMap<number, number> = new Map([
  [1, 20],
  [2, 32],
])

/** RFC 6698 section 2.1.3: 1 is SHA-256, 2 is SHA-512; 0 is the data itself. */
const TLSA_DIGESTS: ReadonlyMap<number, number> = new Map([
  [1, 32],
  [2, 64],
])

/** RFC 4398 section 2.1. */
const CERTIFICATE_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'PKIX'],
  [2, 'SPKI'],
  [3, 'PGP'],
  [4, 'IPKIX'],
  [5, 'ISPKI'],
  [6, 'IPGP'],
  [7, 'ACPKIX'],
  [8, 'IACPKIX'],
  [253, 'URI'],
  [254, 'OID'],
])

/** The digest that starts at `dataOffset` has the length which the byte at `typeOffset` asks for. */
function digestCheck(typeOffset: number, dataOffset: number, lengths: ReadonlyMap<number, number>) {
  return (rdata: Uint8Array): RdataCode | undefined => {
    const length = lengths.get(rdata[typeOffset] as number)
    return length === undefined || rdata.length - dataOffset === length ? undefined : 'rdata-value'
  }
}

const oneName = (what: string): RdataFormat => ({ fields: [nameField(what)] })

const tlsa: RdataFormat = {
  fields: [
    uint8('usage', [0, 1, 2, 3]),
    uint8('selector', [0, 1]),
    uint8('matching type', [0, 1, 2]),
    restHexField('certificate data'),
  ],
  check: digestCheck(2, 3, TLSA_DIGESTS),
}

const delegationSigner: RdataFormat = {
  fields: [uint16('key tag'), uint8('algorithm'), uint8('digest type'), restHexField('digest')],
  check: digestCheck(3, 4, DS_DIGESTS),
}

const dnskey: RdataFormat = {
  fields: [uint16('flags'), uint8('protocol', [3]), uint8('algorithm'), restBase64Field('public key')],
}

const service: RdataFormat = {
  fields: [uint16('priority'), nameField('target'), serviceParametersField],
  // RFC 9460 section 2.4.2: an alias carries no parameters.
  check: (rdata) => (readUint16(rdata, 0) === 0 && nameEnd(rdata, 2) !== rdata.length ? 'rdata-parameter' : undefined),
}

const strings: RdataFormat = { fields: [stringsField] }

const formatByType = new Map<number, RdataFormat>([
  [RecordType.A, { fields: [ipv4Field] }],
  [RecordType.AAAA, { fields: [ipv6Field] }],
  [RecordType.NS, oneName('name server')],
  [RecordType.CNAME, oneName('canonical name')],
  [RecordType.DNAME, oneName('target')],
  [RecordType.PTR, oneName('host')],
  [
    RecordType.SOA,
    {
      fields: [
        nameField('primary server'),
        nameField('mailbox'),
        uint32('serial'),
        uint32('refresh'),
        uint32('retry'),
        uint32('expire'),
        uint32('minimum', MAX_TTL_SECONDS),
      ],
    },
  ],
  [RecordType.HINFO, { fields: [stringField('processor'), stringField('system')] }],
  [RecordType.MX, { fields: [uint16('preference'), nameField('mail server')] }],
  [RecordType.KX, { fields: [uint16('preference'), nameField('exchanger')] }],
  [RecordType.TXT, strings],
  [RecordType.SPF, strings],
  [RecordType.RP, { fields: [nameField('mailbox'), nameField('text name')] }],
  [RecordType.AFSDB, { fields: [uint16('subtype'), nameField('host')] }],
  [RecordType.LOC, { fields: [locationField] }],
  [RecordType.SRV, { fields: [uint16('priority'), uint16('weight'), uint16('port'), nameField('target')] }],
  [
    RecordType.NAPTR,
    {
      fields: [
        uint16('order'),
        uint16('preference'),
        stringField('flags'),
        stringField('services'),
        stringField('regular expression'),
        nameField('replacement'),
      ],
    },
  ],
  [
    RecordType.CERT,
    {
      fields: [
        mnemonicUint16('certificate type', CERTIFICATE_TYPES),
        uint16('key tag'),
        uint8('algorithm'),
        restBase64Field('certificate'),
      ],
    },
  ],
  [RecordType.DS, delegationSigner],
  [RecordType.CDS, delegationSigner],
  [RecordType.DNSKEY, dnskey],
  [RecordType.CDNSKEY, dnskey],
  [
    RecordType.SSHFP,
    {
      fields: [uint8('algorithm', [1, 2, 3, 4, 6]), uint8('fingerprint type', [1, 2]), restHexField('fingerprint')],
      check: digestCheck(1, 2, SSHFP_DIGESTS),
    },
  ],
  [
    RecordType.RRSIG,
    {
      fields: [
        typeField,
        uint8('algorithm'),
        uint8('labels'),
        uint32('original TTL', MAX_TTL_SECONDS),
        timestampField,
        timestampField,
        uint16('key tag'),
        nameField('signer'),
        restBase64Field('signature'),
      ],
    },
  ],
  [RecordType.NSEC, { fields: [nameField('next name'), typeBitmapField] }],
  [
    RecordType.NSEC3,
    {
      fields: [
        uint8('hash algorithm'),
        uint8('flags'),
        uint16('iterations'),
        saltField,
        hashedNameField,
        typeBitmapField,
      ],
    },
  ],
  [RecordType.NSEC3PARAM, { fields: [uint8('hash algorithm'), uint8('flags'), uint16('iterations'), saltField] }],
  [RecordType.TLSA, tlsa],
  [RecordType.SMIMEA, tlsa],
  [RecordType.OPENPGPKEY, { fields: [restBase64Field('key')] }],
  [RecordType.CSYNC, { fields: [uint32('serial'), uint16('flags'), typeBitmapField] }],
  [RecordType.ZONEMD, { fields: [uint32('serial'), uint8('scheme'), uint8('hash algorithm'), restHexField('digest')] }],
  [RecordType.SVCB, service],
  [RecordType.HTTPS, service],
  [RecordType.EUI48, { fields: [extendedIdentifierField(6)] }],
  [RecordType.EUI64, { fields: [extendedIdentifierField(8)] }],
  [RecordType.URI, { fields: [uint16('priority'), uint16('weight'), restTextField('target', false)] }],
  // RFC 8659 section 4.1: all flag bits but the highest are reserved.
  [RecordType.CAA, { fields: [uint8('flags', [0, 128]), propertyTagField, restTextField('value', true)] }],
])

/** The type's layout; undefined for types that are handled as bytes only (RFC 3597). */
export function rdataFormat(type: number): RdataFormat | undefined {
  return formatByType.get(type)
}
