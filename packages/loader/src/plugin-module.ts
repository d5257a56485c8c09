import type { Plugin, Provider } from '@esox/core';
import type { AdmittedPlugin } from './admit.ts';
import { kindOfError, PluginError } from './plugin-error.ts';

const CAPABILITIES: readonly unknown[] = ['find', 'write', 'remove', 'exists', 'watch', 'receive'];

/**
 * The plugin that a module brings, if it is what the manifest says.
 * @throws PluginError `refused`.
 */
export function pluginOf(module: unknown, manifest: AdmittedPlugin): Plugin {
  let problem: string | undefined;
  try {
    problem = problemOf(fields(module)['default'], manifest);
  } catch (error) {
    // A getter of the plugin's own.
    problem = `looking at its default export threw ${kindOfError(error)}`;
  }
  if (problem !== undefined) throw new PluginError('refused', problem);
  return fields(module)['default'] as Plugin; // just checked
}

function problemOf(plugin: unknown, manifest: AdmittedPlugin): string | undefined {
  const { esox, providers } = fields(plugin);
  if (esox === undefined) return 'its default export is no plugin; it is what defineProvider returns';
  if (esox !== manifest.spec) return `its code does not speak the contract ${manifest.spec} that its manifest names`;
  if (!Array.isArray(providers)) return 'its default export has no list of providers';
  const ids = providers.map((provider) => fields(provider)['id']);
  const wanted = manifest.providers.toSorted().join(', ');
  if (ids.toSorted().join(', ') !== wanted)
    return `its code does not bring exactly the providers of its manifest: ${wanted}`;
  for (const [index, provider] of providers.entries()) {
    const problem = providerProblem(fields(provider), manifest);
    if (problem !== undefined) return `${manifest.providers.length > 1 ? `provider ${index + 1}: ` : ''}${problem}`;
  }
  return undefined;
}

function providerProblem(provider: Record<string, unknown>, manifest: AdmittedPlugin): string | undefined {
  const { spec, config, capabilities, documents, connect } = provider satisfies Partial<
    Record<keyof Provider, unknown>
  >;
  if (spec !== manifest.spec) return `its provider does not speak the contract ${manifest.spec}`;
  if (typeof fields(fields(config)['~standard'])['validate'] !== 'function') return 'its config is no Standard Schema';
  if (!Array.isArray(capabilities)) return 'its provider has no list of capabilities';
  if (!capabilities.every((name) => CAPABILITIES.includes(name))) return 'its provider names an unknown capability';
  if (!Array.isArray(fields(documents)['property'])) return 'its provider does not say how its documents are read';
  return typeof connect === 'function' ? undefined : 'its provider has no connect';
}

function fields(value: unknown): Record<string, unknown> {
  // An ES module's namespace and a frozen object are read the same way.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
