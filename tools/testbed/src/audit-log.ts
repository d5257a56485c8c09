import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** One request as the API server's audit log has it. */
export interface AuditedRequest {
  verb: string;
  /** With its subresource, such as `secrets` or `externalsecrets/status`. */
  resource: string;
  group: string;
  namespace?: string;
  name?: string;
  user: string;
  userAgent: string;
  path: string;
  status?: number;
  at: Date;
}

/** Every given field must be equal; `since` is inclusive. */
export interface AuditFilter {
  user?: string;
  namespace?: string;
  verb?: string;
  resource?: string;
  since?: Date;
}

interface AuditEvent {
  auditID: string;
  stage: string;
  verb: string;
  requestURI: string;
  user: { username: string };
  userAgent?: string;
  objectRef?: { resource?: string; subresource?: string; apiGroup?: string; namespace?: string; name?: string };
  responseStatus?: { code?: number };
  requestReceivedTimestamp: string;
}

/** What the API server is told to write down: requests for resources, by anyone but itself. */
export const auditPolicy = JSON.stringify({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', users: ['system:apiserver'] },
    { level: 'None', nonResourceURLs: ['*'] },
    { level: 'Metadata' },
  ],
});

/** The requests in the order in which the log has them; a watch is in it from its start. */
export async function readAuditLog(file: string, filter: AuditFilter = {}): Promise<AuditedRequest[]> {
  // An entry is written just after its response: read until nothing more comes.
  let found = parseAuditLog(await readFile(file, 'utf8'), filter);
  for (let round = 0; round < 10; round += 1) {
    await sleep(50);
    const again = parseAuditLog(await readFile(file, 'utf8'), filter);
    if (again.length === found.length) return again;
    found = again;
  }
  return found;
}

/** Counts by `verb resource`, such as `{ 'list secrets': 1, 'patch externalsecrets/status': 2 }`. */
export function countRequests(requests: readonly AuditedRequest[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { verb, resource } of requests) {
    const key = `${verb} ${resource}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}

/** A long-running request has two events, at its start and its end: it is counted once. */
export function parseAuditLog(text: string, filter: AuditFilter = {}): AuditedRequest[] {
  const requests = new Map<string, AuditedRequest>();
  // Most lines are other tests', and a search in the text is much faster than parsing it.
  const words = [filter.user, filter.namespace].filter((word) => word !== undefined);
  for (const line of completeLines(text)) {
    if (!words.every((word) => line.includes(word))) continue;
    const event = JSON.parse(line) as AuditEvent;
    const request = fromEvent(event);
    if (matches(request, filter)) requests.set(event.auditID, request);
  }
  return [...requests.values()];
}

function completeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
}

function fromEvent(event: AuditEvent): AuditedRequest {
  const { resource = '', subresource, apiGroup = '', namespace, name } = event.objectRef ?? {};
  const status = event.responseStatus?.code;
  return {
    verb: event.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    group: apiGroup,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    user: event.user.username,
    userAgent: event.userAgent ?? '',
    path: event.requestURI,
    ...(status === undefined ? {} : { status }),
    at: new Date(event.requestReceivedTimestamp),
  };
}

function matches(request: AuditedRequest, { since, ...equal }: AuditFilter): boolean {
  if (since !== undefined && request.at < since) return false;
  return Object.entries(equal).every(([field, value]) => request[field as keyof typeof equal] === value);
}
