export { admitManifest } from './admission/admit-manifest.ts';
export { Controllers, type ControllersOptions, type ControllersSettings } from './controllers.ts';
export { isBusy, isSettled, type ObjectOverview, overviewOf } from './overview.ts';
export type { ControllerObserver } from './observer.ts';
export type { Plugins } from './stores/plugins.ts';
export { type StoreAddress, storeId, type StoreKind } from './stores/store.ts';
