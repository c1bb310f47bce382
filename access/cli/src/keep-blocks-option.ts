import { Option } from 'commander'
import { wholeNumber } from './command-kit.ts'

/** `MIN_KEEP_BLOCKS` of a node, whose code is not loaded to say it in a help text. */
export const leastKeepBlocks = 20_000

/** For commands that write node.json. */
export function keepBlocksOption(): Option {
  return new Option(
    '--keep-blocks <number>',
    `keep so many of the newest blocks and forget older ones, so that the disk does not fill; at least ${leastKeepBlocks}, all when left out`,
  ).argParser(wholeNumber(leastKeepBlocks, 1_000_000_000_000))
}
