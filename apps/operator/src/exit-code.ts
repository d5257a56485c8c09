/** Exit codes of the operator, as its help lists them. */
export const exitCode = { ok: 0, failed: 1, usage: 2, notInSync: 3 } as const;
