export type PluginErrorCode =
  /** No installed plugin claims this provider. */
  | 'unknown-provider'
  /** The plugin was looked at and is not admitted, or its code is not what its manifest says. */
  | 'refused'
  /** Importing the plugin threw, or did not end in time. */
  | 'load-failed'
  | 'invalid-plugin-dir'
  | 'invalid-lock';

/** Its message is made of our own words and of names from manifests: never of a plugin's error text. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: PluginErrorCode;

  constructor(code: PluginErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Class and code of what a plugin threw, for a reason; its text may hold anything. */
export function kindOfError(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is no error';
  const name = /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'Error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? `${name} (${code})` : name;
}
