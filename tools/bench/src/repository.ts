import { fileURLToPath } from 'node:url';

/** The root of the checkout that the bench is in. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url));
