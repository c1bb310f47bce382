/** First line of a file with a signed transaction; the encoding in hex follows. */
export const signedFileHead = 'cresset-transaction-v1'
