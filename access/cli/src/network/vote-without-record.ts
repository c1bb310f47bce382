import { Option } from 'commander'

/** For the commands that start validators. docs/guides say when it is right. */
export function voteWithoutRecordOption(): Option {
  return new Option(
    '--vote-without-record',
    'vote although the record of earlier votes is lost: only when so many validators lost theirs that the network stands still',
  )
}
