/** The same for all commands. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** Bad usage, or a config that cannot be used. */
  usage: 2,
  interrupted: 130,
} as const;
