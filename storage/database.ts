export type * from '../protocol/database.ts';
