import { rowsOf, type SpecOf } from '../settings.ts';
import { ACCESS } from './settings/access.ts';
import { INSIGHTS } from './settings/insights.ts';
import { OPERATION } from './settings/operation.ts';
import { PLACEMENT } from './settings/placement.ts';
import { setting } from './settings/setting.ts';
import { STORAGE } from './settings/storage.ts';
import * as z from 'zod';

/** What an instance has of its source. */
export const DB_SETTINGS = { ...PLACEMENT, ...STORAGE, ...OPERATION, ...INSIGHTS, ...ACCESS };

/** What a restored instance has of its backup; no request says it. */
const DB_IDENTITY = {
  engine: setting({
    label: 'engine',
    schema: z.string(),
    reads: ['Engine'],
    read: ({ Engine: engine }) => engine,
    // Without a record of the source the engine is that of the backup, whatever it is.
    counts: ({ engine }) => engine !== 'unknown',
  }),
};

export type DbSettings = SpecOf<typeof DB_SETTINGS & typeof DB_IDENTITY>;

export const DB_ROWS = rowsOf(DB_SETTINGS);
export const DB_COMPARED_ROWS = rowsOf({ ...DB_IDENTITY, ...DB_SETTINGS });
