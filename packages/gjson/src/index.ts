export { get } from './get.ts';
export { members } from './members.ts';
export { escapePath } from './path.ts';
export type { JsonType, JsonValue } from './value.ts';
