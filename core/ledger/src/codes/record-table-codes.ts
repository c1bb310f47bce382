import { receipt, row } from './code-description.ts'

/** Record tables of names. */
export const recordTableCodes = {
  'records-generation': row(
    280,
    receipt,
    'The generation is neither the one served, which is changed at once, nor the one that is built, nor the next; or it has other bits.',
    'Look at the record table of the name.',
  ),
  'record-page-bad': row(
    281,
    receipt,
    'Pages or the owners in them are not in rising order, there is no such page, or an owner belongs to another one.',
    'Sort the owners into their pages.',
  ),
  'record-page-too-long': row(
    282,
    receipt,
    'A page would have more than 16 KiB.',
    'Build a new generation with more pages, or publish fewer records.',
  ),
  'table-fee-not-offered': row(
    283,
    receipt,
    'A delegation comes to or goes from a name that serves a record table, and the fee offered does not cover the bytes of the table beside the price.',
    'Offer the price + bytes of the served generation × fee per byte, or set delegations before the first table is served.',
  ),
} as const
