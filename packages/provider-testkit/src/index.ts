export type { Backend, BackendLogin, Content, Facts, Fault } from './backend.ts';
export type { Check, Subject } from './check.ts';
export { checks } from './checks/index.ts';
export { conformance } from './conformance.ts';
export { faultServer, type FaultServer, type InjectedFault } from './fault-server.ts';
export { type LogLine, testHost, type TestHost, type TestHostObjects, type TestHostOptions } from './test-host.ts';
