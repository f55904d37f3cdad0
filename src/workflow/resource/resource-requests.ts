import { fsrKey } from '../../facts/ebs.ts';
import { LIMITS } from '../../facts/retries.ts';
import { kindOf, thingsOf } from '../../kinds/sources.ts';
import type { Made, Thing } from '../../kinds/things.ts';
import type { VolumeSpec } from '../../plan/types.ts';
import { hash32 } from '../../hash.ts';
import type { Instant } from '../../time.ts';
import { creditsAt, spendCredit } from './fsr-credits.ts';
import { aggregateOf } from '../base/aggregate-id.ts';
import type { Effect, MakeMark, SnapshotRequest } from '../base/effects.ts';
import type { Leftover } from '../base/reasons.ts';
import { effectId, withEffect, withoutSlots, type Pending } from '../base/pending.ts';
import {
  isMissing,
  ownerOf,
  strategyOf,
  type FsrUse,
  type Make,
  type ResourceContext,
} from './resource-context.ts';

/** AWS's limit on a client token is 64 ASCII characters; an identifier of a DB instance has at most 63. */
const TOKEN_LENGTH = 64;
export const DB_IDENTIFIER_LENGTH = 63;
const TAG_LENGTH = 255;

function base(context: ResourceContext, step: string): { id: string; aggregate: string; attempt: number } {
  return { id: effectId(ownerOf(context), step), aggregate: aggregateOf(context.spec.id), attempt: 1 };
}

function stepOf(context: ResourceContext, make: Make): string {
  return `${context.round}.${context.strategy}.${make.copy}.${make.generation}`;
}

/** Cuts to `length` and keeps it unique: a hash of the whole replaces the end, wide enough for any fleet. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const hash = [text, `${text}/again`].map((part) => hash32(part).toString(16).padStart(8, '0')).join('');
  // RDS does not accept two hyphens in a row.
  return `${text.slice(0, length - 1 - hash.length).replace(/-+$/, '')}-${hash}`;
}

/** `<source>-<run>` or `restoreAs`, with the number of the copy where there are several. */
function stemOf({ spec, runId }: ResourceContext, make: Make): string {
  return `${spec.restoreAs ?? `${spec.source}-${runId}`}${spec.copies > 1 ? `-c${make.copy + 1}` : ''}`;
}

/** The identifier of a DB instance is its idempotency key: a new one for each generation, in characters that RDS accepts. */
export function dbIdentifierOf(context: ResourceContext, make: Make): string {
  const isFirst = make.generation === 1 && context.strategy === 0 && context.round === 0;
  const again = isFirst ? '' : `-g${context.round}-${context.strategy}-${make.generation}`;
  const clean = `${stemOf(context, make)}${again}`
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/-{2,}/g, '-');
  return shortened(/^[a-z]/.test(clean) ? clean : `r-${clean}`, DB_IDENTIFIER_LENGTH);
}

function markOf(context: ResourceContext, make: Make): MakeMark {
  const { mode, round } = context;
  const { copy, generation } = make;
  const { name, spec, recoveryPoint } = strategyOf(context);
  const pointAt = spec.kind === 'dbInstance' ? { pointAt: recoveryPoint.at } : {};
  return { mode, strategy: name, round, copy, generation, ...pointAt };
}

function createEffect(context: ResourceContext, make: Make): Effect {
  const { spec } = strategyOf(context);
  if (spec.kind === 'dbInstance') {
    return {
      ...base(context, `restore.${stepOf(context, make)}`),
      ...{ type: 'operate', kind: 'rds-instance', operation: 'restoreDbInstance', role: 'instance' },
      identity: dbIdentifierOf(context, make),
      resource: context.spec.id,
      mark: markOf(context, make),
      spec,
    };
  }
  const step = `create.${stepOf(context, make)}`;
  const token = shortened(`${ownerOf(context)}/${step}`, TOKEN_LENGTH);
  return {
    ...base(context, step),
    ...{ type: 'operate', kind: 'ebs-volume', operation: 'createVolume', role: 'volume' },
    identity: token,
    name: shortened(stemOf(context, make), TAG_LENGTH),
    resource: context.spec.id,
    mark: markOf(context, make),
    spec,
  };
}

export function snapshotGiB(context: ResourceContext): number {
  return (strategyOf(context).spec as VolumeSpec).sizeGiB;
}

function mayCreateNow(context: ResourceContext, at: Instant): number {
  if (strategyOf(context).name !== 'fsr') return Number.POSITIVE_INFINITY;
  return context.fsr === undefined ? 0 : Math.floor(creditsAt(context.fsr, snapshotGiB(context), at));
}

/** Requests every missing copy, as far as credits allow. */
export function askMakes(context: ResourceContext, at: Instant): ResourceContext {
  let { pending, fsr } = context;
  let allowed = mayCreateNow(context, at);
  for (const make of context.makes) {
    const slot = `make.${make.copy}`;
    if (!isMissing(make) || slot in pending || allowed < 1) continue;
    pending = withEffect(pending, slot, createEffect(context, make));
    if (fsr !== undefined && strategyOf(context).name === 'fsr')
      fsr = spendCredit(fsr, snapshotGiB(context), at);
    allowed -= 1;
  }
  return pending === context.pending ? context : { ...context, pending, ...(fsr && { fsr }) };
}

/** Distinguishes one use of a whole-resource step from the next. */
function useOf(context: ResourceContext): string {
  return `${context.round}.${context.strategy}.${context.makes.map((make) => make.generation).join('-')}`;
}

/** Enables fast snapshot restore, unless it was enabled before. */
export function askFsr(context: ResourceContext): ResourceContext {
  const { fsr, pending } = context;
  const isOff = fsr?.state === 'disabled' || fsr?.state === 'disabling';
  if (fsr === undefined || fsr.wasOn || fsr.released || !isOff || 'fsr' in pending) return context;
  if (fsr.asks >= LIMITS.fsrEnables) return { ...context, exhausted: { code: 'fsr-contested', data: {} } };
  const { snapshotId, zone } = fsr;
  const step = `fsr.${useOf(context)}.${fsr.asks}`;
  return {
    ...context,
    fsr: { ...fsr, asks: fsr.asks + 1 },
    pending: withEffect(pending, 'fsr', {
      ...base(context, step),
      ...{ type: 'operate', kind: 'ebs-volume', operation: 'enableFsr', role: 'fsr' },
      ...{ resource: context.spec.id, identity: `${ownerOf(context)}/${step}`, spec: { snapshotId, zone } },
    }),
  };
}

/** Disables fast snapshot restore again, once, unless it was enabled before the run. */
export function releaseFsr(context: ResourceContext): ResourceContext {
  const { fsr } = context;
  if (fsr === undefined || fsr.released) return context;
  if (fsr.wasOn) return { ...context, fsr: { ...fsr, released: true } };
  const pending = withoutSlots(context.pending, (slot) => slot === 'fsr');
  if ('fsr-off' in pending) return context;
  const { snapshotId, zone } = fsr;
  const again = context.cleanup === undefined ? '' : `.cleanup-${context.cleanup}`;
  const step = `fsr-off.${useOf(context)}${again}`;
  return {
    ...context,
    pending: withEffect(pending, 'fsr-off', {
      ...base(context, step),
      ...{ type: 'undo', kind: 'ebs-volume', operation: 'disableFsr' },
      ...{ thing: fsrThing(context, fsr), spec: { snapshotId, zone } },
    }),
  };
}

/** Fast snapshot restore that the run switched on and could not switch off. It costs money until it is off. */
export function fsrLeftOn({ leftovers }: ResourceContext): readonly Leftover[] {
  return leftovers.filter(({ code }) => code === 'fsr-on');
}

/** In a cleanup after the end of the run: retries to disable fast snapshot restore that the run could not disable. */
export function reachedByCleanup(context: ResourceContext, cleanup: number): ResourceContext {
  const { fsr, makes, removedMakes, leftovers } = context;
  const retried = fsrLeftOn(context);
  const hasMade = makes.some(({ id }) => id !== undefined);
  return {
    ...context,
    cleanup,
    ...(hasMade && { removedMakes: [...(removedMakes ?? []), ...makes] }),
    leftovers: leftovers.filter((leftover) => !retried.includes(leftover)),
    ...(fsr !== undefined && retried.length > 0 && { fsr: { ...fsr, released: false } }),
  };
}

export function initialFsr(target: { snapshotId: string; zone: string }, wasOn: boolean): FsrUse {
  // Fast snapshot restore that was enabled counts as enabled until it is observed.
  return {
    ...target,
    wasOn,
    state: wasOn ? 'enabling' : 'disabled',
    creditBalance: 0,
    asks: 0,
    released: false,
  };
}

export function askSettings(context: ResourceContext): ResourceContext {
  const { spec } = strategyOf(context);
  const make = context.makes[0];
  if (
    spec.kind !== 'dbInstance' ||
    make?.id === undefined ||
    make.availableAt === undefined ||
    make.settingsGiven === true
  )
    return context;
  if (make.modifiable !== true || 'settings' in context.pending) return context;
  const step = `settings.${stepOf(context, make)}`;
  return {
    ...context,
    pending: withEffect(context.pending, 'settings', {
      ...base(context, step),
      ...{ type: 'operate', kind: 'rds-instance', operation: 'configureDbInstance', role: 'instance' },
      ...{ resource: context.spec.id, identity: make.id, target: madeThing(context, make.id), spec },
    }),
  };
}

/** A copy of the resource. */
export function madeThing({ spec, region }: ResourceContext, id: string): Made {
  const kind = kindOf(spec);
  return { kind, type: thingsOf(kind).source, id, region, origin: 'made' };
}

/** A fresh recovery point of a copy. */
export function pointThing({ spec, region }: ResourceContext, id: string): Made {
  const kind = kindOf(spec);
  return { kind, type: thingsOf(kind).point, id, region, origin: 'made' };
}

export function fsrThing({ region }: ResourceContext, { snapshotId, zone, wasOn }: FsrUse): Thing {
  const id = fsrKey({ snapshotId, zone });
  return { kind: 'ebs-volume', type: 'fsr', id, region, origin: wasOn ? 'existing' : 'made' };
}

export function madeThings(context: ResourceContext): readonly Made[] {
  return context.makes.flatMap(({ id }) => (id === undefined ? [] : [madeThing(context, id)]));
}

/** The fresh recovery points of the copies. */
export function freshPoints(context: ResourceContext): readonly Made[] {
  return context.makes.flatMap(({ point }) =>
    point?.id === undefined ? [] : [pointThing(context, point.id)],
  );
}

/** Takes a fresh recovery point of every copy that has none yet. */
export function askPoints(context: ResourceContext): ResourceContext {
  let { pending } = context;
  const makes = context.makes.map((make) => {
    const slot = `protect.${make.copy}`;
    const { id: madeId, point = { attempt: 1 } } = make;
    if (madeId === undefined || point.id !== undefined || point.problem !== undefined || slot in pending)
      return make;
    const step = `${slot}.${make.generation}.${point.attempt}`;
    // The id of the copy makes the name unique per run; RDS accepts lowercase letters, digits and single hyphens only.
    const name = `${madeId}-safe${point.attempt}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const kind = kindOf(context.spec);
    const spec: SnapshotRequest = { purpose: 'protection' };
    pending = withEffect(pending, slot, {
      ...base(context, step),
      ...{ type: 'operate', kind, operation: 'takeSnapshot', role: 'point', resource: context.spec.id },
      ...{ identity: shortened(name, DB_IDENTIFIER_LENGTH), target: madeThing(context, madeId), spec },
      ...(thingsOf(kind).pointIsTokenless === true && { tokenless: true }),
    });
    return { ...make, point };
  });
  return pending === context.pending ? context : { ...context, makes, pending };
}

/** Every copy has a complete fresh recovery point, or its recovery point was given up. */
export function isProtected({ makes }: ResourceContext): boolean {
  return makes.every(({ point }) => point?.completedAt !== undefined || point?.problem !== undefined);
}

export function askVerify(context: ResourceContext): ResourceContext {
  if (context.verified || 'verify' in context.pending) return context;
  const effect: Effect = {
    ...base(context, `verify.${useOf(context)}`),
    type: 'inspect',
    kind: kindOf(context.spec),
    things: madeThings(context),
    spec: strategyOf(context).spec,
  };
  return { ...context, pending: withEffect(context.pending, 'verify', effect) };
}

function deleteEffect(context: ResourceContext, thing: Made): Effect {
  return { ...base(context, `delete.${thing.id}`), type: 'delete', thing, resource: context.spec.id };
}

/** Requests the deletion of everything in `discarded`. */
export function askDeletions(context: ResourceContext): ResourceContext {
  let { pending } = context;
  for (const thing of context.discarded) {
    const slot = `delete.${thing.id}`;
    if (!(slot in pending)) pending = withEffect(pending, slot, deleteEffect(context, thing));
  }
  return pending === context.pending ? context : { ...context, pending };
}

/** Cancels pending creates and checks; deletions and disabling of FSR stay pending. */
export function forgetWork(pending: Pending): Pending {
  return withoutSlots(pending, (slot) => !slot.startsWith('delete.') && slot !== 'fsr-off');
}

/** Nothing is left to delete, and no request is pending. */
export function isTidy(context: ResourceContext): boolean {
  return (
    context.discarded.length === 0 &&
    (context.fsr?.released ?? true) &&
    Object.keys(context.pending).length === 0
  );
}
