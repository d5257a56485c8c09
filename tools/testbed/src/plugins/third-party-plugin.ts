import { join } from 'node:path';

/** The folder of `@acme/esox-provider-ledger`: plain JavaScript without types, as somebody else might publish it. */
export const thirdPartyPlugin = join(import.meta.dirname, '../../fixtures/third-party-plugin');
