/** Something was not reached in time, or the operator ended by itself: exit code 1. */
export class NotReadyInTime extends Error {}

/** A Secret is not what the backend holds: exit code 3. */
export class SecretsDiffer extends Error {}
