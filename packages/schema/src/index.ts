export { exampleOf } from './example.ts';
export { type CelRule, type JsonSchema, SchemaError } from './json-schema.ts';
export { optionsTable } from './options-table.ts';
export { type Row, rowsOf } from './rows.ts';
export { structural } from './structural.ts';
