/** Source files over 600 lines, each with the reason why one file reads better than two. */
export const longFiles: Readonly<Record<string, string>> = {}
