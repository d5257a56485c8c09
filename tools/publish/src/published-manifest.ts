/**
 * The manifest of a package as it is published: without the export condition that leads to its sources, since a
 * published package has none.
 */
export function publishedManifest(text: string): string {
  const manifest: unknown = JSON.parse(text, (key, value: unknown) => (key === 'esox-source' ? undefined : value));
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
