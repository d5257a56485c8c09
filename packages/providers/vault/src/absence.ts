import { ProviderError } from '@esox/core';
import { isJsonObject, type JsonObject, type JsonValue } from '@esox/provider-kit';
import type { VaultConfig } from './config.ts';
import { failureError, says, texts } from './errors.ts';
import type { KvPath } from './paths.ts';
import { VaultFailure } from './transport.ts';

/** Questions that settle what a 404 means. They reject as the requests do. */
export interface Probes {
  /** `sys/internal/ui/mounts/<path>`: what is mounted at a path. */
  mount(path: string): Promise<JsonObject>;
  /** Where a version was asked for: the same secret without one. */
  readonly current?: (() => Promise<JsonObject>) | undefined;
}

/**
 * Tells a secret that does not exist from an engine that does not exist or is of the other version: all of them answer
 * 404, and only the first may lead to a deletion.
 *
 * - No engine at the path, and version v1 asked of a v2 engine, show in the 404 itself.
 * - Version v2 asked of a v1 engine does not. So before its first `not-found` for an engine a client asks
 *   `sys/internal/ui/mounts/<engine>`, which any token may read for an engine that it has some access to.
 * - A version that the secret does not have is `invalid-ref`: the secret is there.
 * - Where the question about the engine is refused, a v1 engine is known by its 404, and a v2 engine by an earlier
 *   answer that only version v2 gives. Without one the answer is `invalid-config`: the Secret stays.
 */
export interface AbsenceRule {
  /** Version v2 has shown itself in an answer of this engine. */
  sawVersion2(engine: string): void;
  /** What a 404 for `at` means; other failures as `failureError` has them. */
  explain(error: unknown, at: Asked, probes: Probes): Promise<ProviderError>;
}

/** What was asked of an engine. */
export interface Asked extends KvPath {
  readonly verb: 'read' | 'list' | 'write' | 'delete';
}

type Verdict = 'as-configured' | 'cannot-tell' | ProviderError;

export function absenceRule(version: VaultConfig['version']): AbsenceRule {
  const seenVersion2 = new Set<string>();
  const asConfigured = new Set<string>();

  async function verdictOn(engine: string, probes: Probes): Promise<Verdict> {
    if (asConfigured.has(engine)) return 'as-configured';
    const verdict = await ask(engine, probes);
    if (verdict === 'as-configured') asConfigured.add(engine);
    return verdict;
  }

  async function ask(engine: string, probes: Probes): Promise<Verdict> {
    try {
      return judge((await probes.mount(engine))['data'], version, engine);
    } catch (error) {
      const failure = failureError(error, { verb: 'read', path: `sys/internal/ui/mounts/${engine}` });
      if (isRefused(error) && failure.code !== 'unauthenticated') return 'cannot-tell';
      throw failure;
    }
  }

  async function absent(at: Asked, probes: Probes): Promise<ProviderError> {
    const verdict = await verdictOn(at.engine, probes);
    if (ProviderError.is(verdict)) return verdict;
    const certain = verdict === 'as-configured' || version === 'v1' || seenVersion2.has(at.engine);
    if (!certain) return cannotTell(at);
    return (await isThere(at, probes)) ? noSuchVersion(at) : notFound(at);
  }

  return {
    sawVersion2: (engine) => void seenVersion2.add(engine),
    async explain(error, at, probes) {
      if (!(error instanceof VaultFailure) || error.status !== 404) return failureError(error, at);
      switch (shapeOf(error)) {
        case 'deleted':
          return notFound(at);
        case 'wrong-path':
          return wrongPath(at, version);
        case 'unknown':
          return failureError(error, at);
        case 'absent':
          return await absent(at, probes);
      }
    },
  };
}

/** Whether a secret is there, of which a version is not. */
async function isThere(at: Asked, { current }: Probes): Promise<boolean> {
  if (!current) return false;
  try {
    await current();
    return true;
  } catch (error) {
    if (!(error instanceof VaultFailure) || error.status !== 404) throw failureError(error, at);
    return shapeOf(error) === 'deleted';
  }
}

/** Whether a server or a proxy refuses the question itself. */
function isRefused(error: unknown): boolean {
  return error instanceof VaultFailure && [400, 403, 404, 405].includes(error.status);
}

function judge(mount: JsonValue | undefined, version: VaultConfig['version'], engine: string): Verdict {
  if (!isJsonObject(mount) || typeof mount['type'] !== 'string') return 'cannot-tell';
  if (mount['type'] !== 'kv' && mount['type'] !== 'generic') {
    return new ProviderError(
      'invalid-config',
      `the secrets engine at ${engine} is not of the type kv; check path in the store`,
    );
  }
  const options = mount['options'];
  const found = isJsonObject(options) && options['version'] === '2' ? 'v2' : 'v1';
  if (found === version) return 'as-configured';
  return new ProviderError(
    'invalid-config',
    `the secrets engine at ${engine} is of version ${found}, and the store says ${version}; correct version in the store`,
  );
}

/** The ways in which Vault answers 404. */
function shapeOf(failure: VaultFailure): 'absent' | 'deleted' | 'wrong-path' | 'unknown' {
  const { body } = failure;
  if (!isJsonObject(body)) return 'unknown';
  if (says(failure, 'Invalid path for a versioned K/V secrets engine')) return 'wrong-path';
  if (isDeleted(body['data'])) return 'deleted';
  return Array.isArray(body['errors']) && body['errors'].length === 0 && texts(body, 'warnings').length === 0
    ? 'absent'
    : 'unknown';
}

/** The current version of a v2 secret that is deleted or destroyed. */
function isDeleted(data: JsonValue | undefined): boolean {
  return isJsonObject(data) && data['data'] === null && isJsonObject(data['metadata']);
}

function notFound({ path }: KvPath): ProviderError {
  return new ProviderError('not-found', `Vault has no secret at ${path}`);
}

function noSuchVersion({ path }: KvPath): ProviderError {
  return new ProviderError(
    'invalid-ref',
    `Vault has no such version of ${path}: it was never written, or is older than the engine keeps; correct version`,
  );
}

function wrongPath({ path }: KvPath, version: VaultConfig['version']): ProviderError {
  const why =
    version === 'v1'
      ? 'the secrets engine is of version v2, and the store says v1'
      : 'path in the store must name the secrets engine alone, without folders behind it';
  return new ProviderError('invalid-config', `${path} is no path of a KV version v2 engine: ${why}`);
}

function cannotTell({ engine, path }: KvPath): ProviderError {
  return new ProviderError(
    'invalid-config',
    `Vault answered 404 for ${path}, and whether a KV secrets engine of version v2 is at ${engine} cannot be told: the ` +
      `server refuses sys/internal/ui/mounts/${engine}; allow it, or correct path and version in the store`,
  );
}
