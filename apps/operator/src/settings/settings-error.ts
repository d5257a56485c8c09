/** A setting makes no sense; the message says which and why. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}
