import type { Variant } from '../variant.ts';
import { account } from './account.ts';
import { backfill } from './backfill.ts';
import { cloud } from './cloud.ts';
import { cloudPermissions } from './cloud-permissions.ts';
import { copies } from './copies.ts';
import { drills } from './drills.ts';
import { driving } from './driving.ts';
import { durability } from './durability.ts';
import { durable } from './durable.ts';
import { fastSnapshotRestore } from './fast-snapshot-restore.ts';
import { hostile } from './hostile.ts';
import { journal } from './journal.ts';
import { memo } from './memo.ts';
import { people } from './people.ts';
import { recovery } from './recovery.ts';
import { restarts } from './restarts.ts';
import { steps } from './steps.ts';
import { table } from './table.ts';
import { trust } from './trust.ts';
import { workflow } from './workflow.ts';
import { usable } from './usable.ts';

export const variants: readonly Variant[] = [
  ...driving,
  ...drills,
  ...memo,
  ...durability,
  ...durable,
  ...restarts,
  ...workflow,
  ...recovery,
  ...trust,
  ...fastSnapshotRestore,
  ...copies,
  ...account,
  ...hostile,
  ...journal,
  ...steps,
  ...table,
  ...people,
  ...backfill,
  ...usable,
  ...cloud,
  ...cloudPermissions,
];
