import { PROVISIONED_INIT_FACTOR } from '../../facts/durations.ts';
import { provisionedInitSeconds } from '../../facts/ebs.ts';
import { LIMITS } from '../../facts/retries.ts';
import type { VolumeSpec } from '../specs.ts';
import type { PlannedStrategy } from '../strategy.ts';
import { SECOND_MS, type Instant } from '../../time.ts';
import type { Absorbed, Account, Course, Gate, Lost, MadeFrom, ThingSighting } from '../course.ts';
import { attachmentIds, nvmePath } from './attachments.ts';
import { shortened } from '../identities.ts';
import { progressed } from '../progress.ts';
import { pointInTime, pointOf } from '../recovery-points.ts';
import { settingsText } from '../settings-text.ts';
import type { Part, StrategyStep } from '../steps.ts';
import { longestCopySeconds } from './steps.ts';
import { creditAt, creditsAt, hasCreditAt, spendCredit, withCredits } from './fsr-credits.ts';

/** AWS's limit on a client token, ASCII characters. */
const TOKEN_LENGTH = 64;
const TAG_LENGTH = 255;

const NO_SETTING: ReadonlySet<string> = new Set([
  ...['snapshotId', 'sourceVolumeId', 'rateMiBps', 'fullSizeGiB', 'attachTo'],
]);
const LEAVING: ReadonlySet<string> = new Set(['deleting', 'deleted']);
const OFF: ReadonlySet<string> = new Set(['disabled', 'disabling']);

interface About {
  readonly parts: readonly Part[];
  readonly strategy: PlannedStrategy;
  readonly at: Instant;
}

/** @throws Error for a spec of another kind: a row of the journal was altered */
function volumeSpecOf({ spec }: PlannedStrategy): VolumeSpec {
  if (spec.kind !== 'volume') throw new Error(`a volume cannot be made from a spec of a '${spec.kind}'`);
  return spec;
}

function fsrOf(parts: readonly Part[]): Part | undefined {
  return parts.find(({ role, stage }) => role === 'fsr' && stage !== 'undoing');
}

function absorbVolume(part: Part, seen: ThingSighting, about: About): Absorbed | Lost | undefined {
  const { id, status, progress } = seen;
  const { strategy, at } = about;
  if (status === 'error') return { reason: { code: 'went-to', data: { id, status } } };
  if (LEAVING.has(status)) return { reason: { code: 'deleted-elsewhere', data: { id } }, left: 'gone' };
  if (status === 'creating') return undefined;
  const isFast = strategy.name === 'fsr';
  const wasFast = seen.data?.fastRestored;
  if (isFast && part.at.hydrated === undefined && wasFast === false) {
    const fsr = fsrOf(about.parts);
    return {
      reason: { code: 'fsr-without-credit', data: { id } },
      left: 'usable',
      ...(fsr !== undefined && { others: [withCredits(fsr, 0, at)] }),
    };
  }
  const isHydrated = progress === 100 || (isFast && wasFast === true);
  return progressed(part, { isAvailable: true, isHydrated, progress }, at);
}

/** Fast snapshot restore that another user switches off is asked for again a few times; one that was on before the run is theirs to switch. */
function absorbFsr(
  part: Part,
  { status, data }: ThingSighting,
  { at: now }: About,
): Absorbed | Lost | undefined {
  if (part.data.state === status) return undefined;
  const isTheirs = part.thing?.origin === 'existing';
  if (OFF.has(status)) {
    if (isTheirs) return { reason: { code: 'fsr-switched-off', data: {} } };
    if ((part.data.asks ?? 0) >= LIMITS.fsrEnables) return { reason: { code: 'fsr-contested', data: {} } };
    const { granted } = part.at;
    const at = granted === undefined ? {} : { granted };
    return { part: { ...part, at, data: { ...part.data, state: status } } };
  }
  const told = data?.enabledAt;
  const enabled = typeof told === 'number' ? told : now;
  return {
    part: {
      ...part,
      data: { ...part.data, state: status },
      ...(status === 'enabled' && { at: { ...part.at, enabled, counted: enabled } }),
    },
  };
}

function absorbAttachment(
  part: Part,
  { id, status }: ThingSighting,
  { at }: About,
): Absorbed | Lost | undefined {
  if (status === 'detached') return { reason: { code: 'vanished', data: { id } }, left: 'gone' };
  if (status !== 'attached' || part.at.attached !== undefined) return undefined;
  return { part: { ...part, at: { ...part.at, attached: at } } };
}

/** Where no endpoint tells: hydration at a provisioned rate takes a known time, and that of a copy a longest one. */
function hydratedAt(part: Part, spec: VolumeSpec): Instant | undefined {
  const { made, available } = part.at;
  if (part.data.progress !== undefined || made === undefined || available === undefined) return undefined;
  const { rateMiBps, fullSizeGiB } = spec;
  if (spec.sourceVolumeId !== undefined) return made + longestCopySeconds(spec) * SECOND_MS;
  return rateMiBps === undefined
    ? undefined
    : made + PROVISIONED_INIT_FACTOR.p90 * provisionedInitSeconds(fullSizeGiB, rateMiBps) * SECOND_MS;
}

/** When a copy is initialized or removed, so that its source may have another one; `undefined`: only a sighting or an answer can tell. */
function turnEndsAt(part: Part, spec: VolumeSpec): Instant | undefined {
  return part.at.hydrated ?? part.at.undone ?? hydratedAt(part, spec);
}

/** A volume has one copy in progress at a time. What the run could not remove is left to AWS's own refusal. */
function turnGate(parts: readonly Part[], spec: VolumeSpec, at: Instant): Gate {
  const ends = parts
    .filter(
      ({ role, stage, data }) =>
        role === 'volume' && stage !== 'left' && (stage !== 'wanted' || (data.asks ?? 0) > 0),
    )
    .map((part) => turnEndsAt(part, spec) ?? Infinity);
  const nextAt = Math.max(-Infinity, ...ends);
  if (nextAt <= at) return { open: 1 };
  return { open: 0, ...(nextAt < Infinity && { nextAt }) };
}

/** The strategy as it was when it started from what is found. */
function startedFrom(
  strategy: PlannedStrategy,
  { from, madeAt }: MadeFrom,
  { source, copies, ...times }: Account,
): PlannedStrategy | undefined {
  const spec = volumeSpecOf(strategy);
  if (spec.sourceVolumeId !== undefined) {
    if (from !== undefined && from !== spec.sourceVolumeId) return undefined;
    // The copy has the data of that instant, whenever the lost run had planned it.
    const recoveryPoint = madeAt === undefined ? strategy.recoveryPoint : pointInTime(source, madeAt, times);
    return { ...strategy, recoveryPoint };
  }
  // Some endpoints do not report the source snapshot of a volume.
  if (from === undefined || from === spec.snapshotId) return strategy;
  const snapshot = copies.snapshots.find(({ id }) => id === from);
  if (snapshot === undefined) return undefined;
  const { id, startedAt, fullSizeGiB = snapshot.sizeGiB } = snapshot;
  const recoveryPoint = pointOf(id, startedAt, times);
  return { ...strategy, recoveryPoint, spec: { ...spec, snapshotId: id, fullSizeGiB } };
}

function assumedAt(step: StrategyStep, part: Part, strategy: PlannedStrategy): Instant | undefined {
  const spec = volumeSpecOf(strategy);
  if (step.until === 'credited') return creditAt(part, spec.sizeGiB);
  return step.until === 'hydrated' ? hydratedAt(part, spec) : undefined;
}

/** How EBS volumes, their fast snapshot restore and their attachments go through a recovery. */
export const ebsVolumeCourse: Course = {
  kind: 'ebs-volume',
  nouns: { volume: 'volume', snapshot: 'snapshot', fsr: 'fast snapshot restore', attachment: 'attachment' },
  services: ['ec2'],
  source: 'volume',
  point: 'snapshot',
  // `recoverable` and `recovering`: it lies in the recycle bin, and is no recovery point there.
  pointStates: {
    complete: new Set(['completed']),
    lost: /^(error|recoverable|recovering|deleting|deleted)$/,
  },
  pointIsTokenless: true,
  backupOf(strategy) {
    const { snapshotId, sourceVolumeId } = volumeSpecOf(strategy);
    return sourceVolumeId === undefined
      ? { type: 'snapshot', id: snapshotId ?? '' }
      : { type: 'volume', id: sourceVolumeId };
  },
  startedFrom,
  looksBeforeMismatch: 5,
  identify: ({ key, stem }) => ({
    identity: shortened(key, TOKEN_LENGTH),
    name: shortened(stem, TAG_LENGTH),
  }),
  requestParts(strategy) {
    const spec = volumeSpecOf(strategy);
    return {
      operation: spec.sourceVolumeId === undefined ? 'volume' : 'copy',
      source: spec.snapshotId ?? spec.sourceVolumeId ?? '',
      rate: String(spec.rateMiBps),
      settings: settingsText(spec, NO_SETTING),
    };
  },
  absorb(part, seen, about) {
    if (part.type === 'fsr') return absorbFsr(part, seen, about);
    return part.type === 'attachment' ? absorbAttachment(part, seen, about) : absorbVolume(part, seen, about);
  },
  gate(step, parts, strategy, at) {
    if (step.gate === 'turn') return turnGate(parts, volumeSpecOf(strategy), at);
    // A volume created without a whole credit silently gets no fast snapshot restore.
    const fsr = fsrOf(parts);
    if (fsr === undefined) return { open: 0 };
    const { sizeGiB } = volumeSpecOf(strategy);
    const nextAt = creditAt(fsr, sizeGiB);
    return {
      open: hasCreditAt(fsr, sizeGiB, at) ? Math.floor(creditsAt(fsr, sizeGiB, at)) : 0,
      ...(nextAt !== undefined && { nextAt }),
    };
  },
  asked(step, parts, strategy, at) {
    const fsr = step.gate === 'credit' ? fsrOf(parts) : undefined;
    if (fsr === undefined) return parts;
    const spent = spendCredit(fsr, volumeSpecOf(strategy).sizeGiB, at);
    return parts.map((part) => (part === fsr ? spent : part));
  },
  assumedAt,
  attachedAt({ thing, copy, at }, strategy) {
    const device = volumeSpecOf(strategy).attachTo?.devices[copy];
    if (thing?.type !== 'attachment' || device === undefined || at.attached === undefined) return undefined;
    const { volumeId, instanceId } = attachmentIds(thing.id);
    return { of: volumeId, instance: instanceId, device, nvmePath: nvmePath(volumeId) };
  },
  late: ({ id }) =>
    id === 'accelerate'
      ? { code: 'fsr-not-enabled', data: {} }
      : { code: 'step-too-late', data: { step: id, minutes: 0 } },
};
