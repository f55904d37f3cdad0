import type {
  DescribeFastSnapshotRestoresCommandInput,
  DescribeFastSnapshotRestoresCommandOutput,
  DescribeFastSnapshotRestoreSuccessItem,
  DisableFastSnapshotRestoresCommandInput,
  DisableFastSnapshotRestoresCommandOutput,
  EnableFastSnapshotRestoresCommandInput,
  EnableFastSnapshotRestoresCommandOutput,
} from '@aws-sdk/client-ec2';
import {
  FSR_MAX_SNAPSHOT_GIB,
  FSR_OPTIMISING_MINUTES_PER_TIB,
  FSR_SNAPSHOTS_PER_CALL,
} from '../../facts/ebs.ts';
import type { Instant } from '../../time.ts';
import { ec2Page } from './paging.ts';
import { ec2Failure } from '../service/ec2-rds-errors.ts';
import { compileFilters, idsInFilter } from '../service/filters.ts';
import { fsrId, fsrStateAt, optimizingMs } from '../model/fsr-timeline.ts';
import type { Call } from '../service/operation.ts';
import {
  FSR_DISABLING_MS,
  FSR_ENABLING_MS,
  FSR_PAGE,
  FSR_QUOTA_CODE,
  FSR_STUCK_FACTOR,
} from '../model/rates.ts';
import type { FsrRecord } from '../model/records.ts';
import { snapshotStateAt } from '../model/snapshot-timeline.ts';
import type { WorldState } from '../state/state.ts';
import { zoneIdOf, zoneNamed } from './zones.ts';

type Answer<T> = Omit<T, '$metadata'>;

interface Refusal {
  readonly Code: string;
  readonly Message: string;
}

/** One snapshot in one zone, done or refused. */
type Outcome = { readonly snapshotId: string; readonly zone: string } & (
  { readonly fsr: FsrRecord } | { readonly refusal: Refusal }
);

/** Partial success is normal: refused snapshots are listed in `Unsuccessful`, with HTTP 200. Enabling what is enabled changes nothing. */
export function enableFsr(
  state: WorldState,
  input: EnableFastSnapshotRestoresCommandInput,
  call: Call,
): Answer<EnableFastSnapshotRestoresCommandOutput> {
  return answerOf(
    state,
    outcomes(state, input, (snapshotId, zone) => enableOne(state, snapshotId, zone, call)),
    call.now,
  );
}

/** ? Disabling what is disabled already, after it was enabled, succeeds. */
export function disableFsr(
  state: WorldState,
  input: DisableFastSnapshotRestoresCommandInput,
  call: Call,
): Answer<DisableFastSnapshotRestoresCommandOutput> {
  return answerOf(
    state,
    outcomes(state, input, (snapshotId, zone) => disableOne(state, snapshotId, zone, call)),
    call.now,
  );
}

export function describeFsr(
  state: WorldState,
  input: DescribeFastSnapshotRestoresCommandInput,
  call: Call,
): Answer<DescribeFastSnapshotRestoresCommandOutput> {
  const holds = compileFilters<FsrRecord & { tags?: never }>(input.Filters, {
    'snapshot-id': ({ snapshotId }) => [snapshotId],
    'availability-zone': ({ zone }) => [zone],
    'availability-zone-id': ({ zone }) => [zoneIdOf(state.account, zone)],
    'owner-id': () => [state.account.id],
    state: (fsr) => [fsrStateAt(fsr, call.now)],
  });
  const ids = idsInFilter(input.Filters, 'snapshot-id')?.flatMap((snapshotId) =>
    state.account.zones.map((zone) => fsrId(snapshotId, zone)),
  );
  const found = state.fsr.allSeen(call.now, ids).filter(({ value }) => holds(value));
  const page = ec2Page(found, input, FSR_PAGE);
  return {
    FastSnapshotRestores: page.items.map(({ value }) => fsrShape(state, value, call.now)),
    NextToken: page.next,
  };
}

function outcomes(
  state: WorldState,
  input: EnableFastSnapshotRestoresCommandInput,
  each: (snapshotId: string, zone: string) => FsrRecord | Refusal,
): Outcome[] {
  const snapshotIds = input.SourceSnapshotIds ?? [];
  if (snapshotIds.length === 0)
    throw ec2Failure('MissingParameter', 'The request must contain the parameter SourceSnapshotIds');
  if (snapshotIds.length > FSR_SNAPSHOTS_PER_CALL) {
    throw ec2Failure(
      'InvalidRequest',
      `Number of values of parameter SourceSnapshotIds must be less than or equal to ${FSR_SNAPSHOTS_PER_CALL}.`,
    );
  }
  const zones = [
    ...(input.AvailabilityZones ?? []).map((zone) => zoneNamed(state.account, zone, undefined)),
    ...(input.AvailabilityZoneIds ?? []).map((id) => zoneNamed(state.account, undefined, id)),
  ];
  if (zones.length === 0)
    throw ec2Failure('MissingParameter', 'The request must contain the parameter AvailabilityZones');
  return snapshotIds.flatMap((snapshotId) =>
    zones.map((zone): Outcome => {
      const result = each(snapshotId, zone);
      return 'Code' in result ? { snapshotId, zone, refusal: result } : { snapshotId, zone, fsr: result };
    }),
  );
}

function enableOne(state: WorldState, snapshotId: string, zone: string, call: Call): FsrRecord | Refusal {
  const refusal = snapshotRefusal(state, snapshotId, call.now);
  if (refusal !== undefined) return refusal;
  const id = fsrId(snapshotId, zone);
  const present = state.fsr.get(id);
  const presentState = present === undefined ? 'disabled' : fsrStateAt(present, call.now);
  if (presentState === 'disabling') {
    return {
      Code: 'IncorrectState',
      Message: `Fast snapshot restore of '${snapshotId}' in ${zone} is being disabled.`,
    };
  }
  if (present !== undefined && presentState !== 'disabled') return present;
  const inUse = state.fsrSnapshotsInUse(call.now);
  const limit = state.account.quotas.fsrSnapshots;
  if (limit !== undefined && !inUse.has(snapshotId) && inUse.size >= limit) {
    state.ledger.noteRefusal('fsrSnapshots');
    return {
      Code: FSR_QUOTA_CODE,
      Message: `The quota of this Region is fast snapshot restore of ${limit} snapshots.`,
    };
  }
  const enabled = newFsr(state, snapshotId, zone, call);
  state.fsr.put(enabled, call.now);
  state.ledger.noteUse('fsrSnapshots', inUse.add(snapshotId).size);
  return enabled;
}

function newFsr(state: WorldState, snapshotId: string, zone: string, call: Call): FsrRecord {
  const id = fsrId(snapshotId, zone);
  const key = `${id}/${state.store.numbers.add(`enabled/${id}`)}`;
  const snapshotGiB = state.snapshots.get(snapshotId)?.sizeGiB ?? 0;
  const optimizingAt = call.now + state.dice.between(FSR_ENABLING_MS, `enabling/${key}`);
  const minutesPerTiB = state.dice.from(FSR_OPTIMISING_MINUTES_PER_TIB, `optimizing/${key}`);
  const slowness = state.dice.sticks('fsrStuck', snapshotId, key) ? FSR_STUCK_FACTOR : 1;
  return {
    id,
    snapshotId,
    zone,
    snapshotGiB,
    enablingAt: call.now,
    optimizingAt,
    enabledAt: optimizingAt + optimizingMs(snapshotGiB, minutesPerTiB) * slowness,
    credits: { amount: 0, at: call.now },
    fromInventory: false,
  };
}

function disableOne(state: WorldState, snapshotId: string, zone: string, call: Call): FsrRecord | Refusal {
  const present = state.fsr.get(fsrId(snapshotId, zone));
  if (present === undefined) {
    return {
      Code: 'InvalidParameterValue',
      Message: `Fast snapshot restore of '${snapshotId}' is not enabled in ${zone}.`,
    };
  }
  if (present.disablingAt !== undefined) return present;
  const disabledAt = call.now + state.dice.between(FSR_DISABLING_MS, `disabling/${present.id}/${call.now}`);
  const disabled = { ...present, disablingAt: call.now, disabledAt };
  state.fsr.put(disabled, call.now);
  return disabled;
}

function snapshotRefusal(state: WorldState, snapshotId: string, now: Instant): Refusal | undefined {
  const snapshot = state.snapshots.get(snapshotId);
  const current = snapshot && snapshotStateAt(snapshot, now);
  if (snapshot === undefined || current === undefined)
    return { Code: 'InvalidSnapshot.NotFound', Message: `The snapshot '${snapshotId}' does not exist.` };
  if (snapshot.tier === 'archive')
    return { Code: 'IncorrectState', Message: `Snapshot '${snapshotId}' is archived.` };
  if (current !== 'completed')
    return { Code: 'IncorrectState', Message: `Snapshot '${snapshotId}' is ${current}.` };
  if (snapshot.sizeGiB > FSR_MAX_SNAPSHOT_GIB) {
    return {
      Code: 'InvalidParameterValue',
      Message: `Snapshot '${snapshotId}' is larger than ${FSR_MAX_SNAPSHOT_GIB} GiB.`,
    };
  }
  return undefined;
}

function answerOf(
  state: WorldState,
  results: readonly Outcome[],
  now: Instant,
): Answer<EnableFastSnapshotRestoresCommandOutput> {
  const refused = new Map<string, { AvailabilityZone: string; Error: Refusal }[]>();
  for (const result of results) {
    if (!('refusal' in result)) continue;
    const errors = refused.get(result.snapshotId) ?? [];
    errors.push({ AvailabilityZone: result.zone, Error: result.refusal });
    refused.set(result.snapshotId, errors);
  }
  return {
    Successful: results.flatMap((result) => ('fsr' in result ? fsrShape(state, result.fsr, now) : [])),
    Unsuccessful: [...refused].map(([SnapshotId, FastSnapshotRestoreStateErrors]) => ({
      SnapshotId,
      FastSnapshotRestoreStateErrors,
    })),
  };
}

function fsrShape(state: WorldState, fsr: FsrRecord, now: Instant): DescribeFastSnapshotRestoreSuccessItem {
  const since = (at: Instant | undefined): Date | undefined =>
    at === undefined || at > now ? undefined : new Date(at);
  const wasEnabled = fsr.disablingAt === undefined || fsr.enabledAt <= fsr.disablingAt;
  const current = fsrStateAt(fsr, now);
  return {
    SnapshotId: fsr.snapshotId,
    AvailabilityZone: fsr.zone,
    AvailabilityZoneId: zoneIdOf(state.account, fsr.zone),
    State: current,
    StateTransitionReason:
      current === 'enabling' || current === 'disabling'
        ? 'Client.UserInitiated'
        : 'Client.UserInitiated - Lifecycle state transition',
    OwnerId: state.account.id,
    EnablingTime: since(fsr.enablingAt),
    OptimizingTime: since(fsr.optimizingAt),
    EnabledTime: wasEnabled ? since(fsr.enabledAt) : undefined,
    DisablingTime: since(fsr.disablingAt),
    DisabledTime: since(fsr.disabledAt),
  };
}
