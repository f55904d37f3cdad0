import type { Variant } from '../variant.ts';
import { driving } from './driving.ts';
import { durability } from './durability.ts';
import { fastSnapshotRestore } from './fast-snapshot-restore.ts';
import { recovery } from './recovery.ts';
import { restarts } from './restarts.ts';

export const variants: readonly Variant[] = [
  ...driving,
  ...durability,
  ...restarts,
  ...recovery,
  ...fastSnapshotRestore,
];
