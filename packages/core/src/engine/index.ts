export { ClientPool, type ClientKey, type ClientPoolOptions } from './clients.ts';
export type { ClientSource, ConnectedClient, CredentialVersion } from './client-source.ts';
export { decide, type CreationPolicy, type DecideInput, type Decision, type DeletionPolicy } from './decide.ts';
export {
  describeEntry,
  entriesOf,
  entryError,
  type DataEntry,
  type EntriesSpec,
  type Entry,
  type ExtractEntry,
  type FindEntry,
  type FindSpec,
  type GeneratorEntry,
  type GeneratorRefSpec,
  type MergeSpec,
  type RemoteRefSpec,
  type RewriteSpec,
  type StoreSelection,
} from './entries.ts';
export { changeToken, fetchEntries, type FetchedEntry, type LaneOf, type RawContent } from './fetch-entries.ts';
export { dataHash, fieldManagerFor, goFormat, hash, ownerHash, versionOf, type GoValue } from './hash.ts';
export type { Lane, ReadRequest } from './lane.ts';
export type { CallEvent, EngineObserver } from './observer.ts';
export { nextSlot, spread, type SlotQuery } from './phase.ts';
export { plan, type Cause, type Plan, type PlanInput, type RefreshPolicy } from './plan.ts';
export { shapeEntries, type ShapedEntry } from './shape-entries.ts';
export { nextPermitted, permits, type SyncWindow, type SyncWindows } from './sync-windows.ts';
