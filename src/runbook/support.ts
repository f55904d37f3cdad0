import { advise, lifeboat, type Advice } from '../advice.ts';
import type { DocumentPath } from '../document/complaints.ts';
import type { Runbook, RunbookResource } from './schema.ts';

/** A part of a valid runbook that this version does not carry out. */
export interface UnsupportedPart {
  /** Where it stands in the runbook. */
  readonly path: DocumentPath;
  /** Short name, e.g. `warmup` or `strategy read-through`. */
  readonly part: string;
  readonly message: string;
  /** The message without its period, to be put into another sentence. */
  readonly clause: string;
  readonly next: Advice;
  /** `refused`: no run starts with it. `not-exercised`: the run goes on without it and its report says so. */
  readonly effect: 'refused' | 'not-exercised';
}

type Mode = 'restore' | 'drill';

/**
 * What a run of this mode would leave out, in the order of the runbook. A run refuses to start with any `refused` part, so that
 * nothing declared is ever silently skipped.
 */
export function unsupportedParts(runbook: Runbook, mode: Mode): readonly UnsupportedPart[] {
  return [
    ...runbook.dependencies.map((dependency, index) =>
      refused(
        ['dependencies', index],
        'dependencies',
        `The third party '${dependency.name}' is not checked yet`,
      ),
    ),
    ...runbook.resources.flatMap((resource, index) => resourceParts(resource, ['resources', index], mode)),
    ...(mode === 'drill' ? outsideDrills(runbook) : []),
    ...(runbook.cutover === undefined
      ? []
      : [onlyOutsideDrills(['cutover'], 'cutover', 'Traffic is not moved by this version yet', mode)]),
    ...backfillParts(runbook, mode),
  ];
}

/** What is carried out in a restore alone: it asks people, waits for hours that suit production, or touches what is in production. */
function outsideDrills(runbook: Runbook): readonly UnsupportedPart[] {
  const conditions = runbook.gates.flatMap((gate, index) => {
    const path = ['gates', index];
    return [
      ...(gate.approvals === undefined
        ? []
        : [
            notExercised(
              [...path, 'approvals'],
              'gate approvals',
              `A drill needs no approvals: those before ${gate.before} are not asked for in it`,
              'Rehearse the asking by hand.',
            ),
          ]),
      ...(gate.window === undefined
        ? []
        : [
            notExercised(
              [...path, 'window'],
              'gate window',
              `A drill waits for no change window: the one before ${gate.before} does not hold it up`,
              'Start drills at an hour that suits you.',
            ),
          ]),
      ...(gate.freezeFile === undefined
        ? []
        : [
            notExercised(
              [...path, 'freezeFile'],
              'gate freezeFile',
              `A drill is not held up by a freeze: the file before ${gate.before} is not looked at`,
              'Do not start drills while changes are frozen, if they disturb.',
            ),
          ]),
    ];
  });
  const steps = runbook.manual.map(({ name, before }, index) =>
    notExercised(
      ['manual', index],
      'manual step',
      `A drill skips manual steps: the step ${name === undefined ? index + 1 : `'${name}'`} before ${before} is left out`,
      'Rehearse this step by hand.',
    ),
  );
  return [...conditions, ...steps, ...snapshotsOutsideDrills(runbook)];
}

function snapshotsOutsideDrills({ forensics }: Runbook): readonly UnsupportedPart[] {
  if (!forensics) return [];
  const message = 'A drill leaves production alone: no snapshot is taken of the sources';
  const next = 'Take one by hand to see that it may be taken.';
  return [notExercised(['forensics'], 'forensics', message, next)];
}

/** Missed traffic is replayed in a restore alone. A run may be driven by another process later: nothing can be read from a terminal. */
function backfillParts({ backfill }: Runbook, mode: Mode): readonly UnsupportedPart[] {
  if (backfill === undefined) return [];
  if (mode === 'drill') {
    const message = 'A drill replays no traffic';
    return [
      notExercised(
        ['backfill'],
        'backfill',
        message,
        advise`Rehearse it with ${lifeboat('backfill run', '--dry-run')}.`,
      ),
    ];
  }
  const { scope, given, restored } = backfill.windows;
  const isAimless = scope === 'given' && given.length === 0 && !restored;
  const aimless = refused(
    ['backfill', 'windows', 'scope'],
    'windows',
    "The scope of the backfill is 'given', and no window is given: nothing would be missed",
    'Give windows in backfill.windows.given, or take the scope out.',
  );
  const unread = backfill.sources.flatMap(({ path }, index) =>
    path === '-'
      ? [
          refused(
            ['backfill', 'sources', index, 'path'],
            'standard input',
            'A run cannot read its missed traffic from standard input',
            advise`Name a file, or replay it by itself: ${lifeboat('backfill run', '-')}.`,
          ),
        ]
      : [],
  );
  return [...unread, ...(isAimless ? [aimless] : [])];
}

function resourceParts(
  resource: RunbookResource,
  path: DocumentPath,
  mode: Mode,
): readonly UnsupportedPart[] {
  if (resource.type === 'aurora-cluster') {
    return [refused(path, 'aurora-cluster', `The Aurora cluster '${resource.id}' cannot be restored yet`)];
  }
  const parts: UnsupportedPart[] = resource.strategies.flatMap((strategy, index) => {
    const place = [...path, 'strategies', index];
    const name = `strategy ${strategy}`;
    if (strategy === 'read-through') {
      return [
        refused(
          place,
          name,
          `The strategy read-through of '${resource.id}' is not carried out yet`,
          OTHER_STRATEGY,
        ),
      ];
    }
    if (strategy !== 'promote-replica') return [];
    if (mode === 'drill' && resource.strategies.length > 1) {
      const message = `A drill never promotes the replica of '${resource.id}'; the next strategy is exercised instead`;
      return [notExercised(place, name, message, 'Rehearse the promotion in an account of its own.')];
    }
    return [
      refused(
        place,
        name,
        `The strategy promote-replica of '${resource.id}' is not carried out yet`,
        OTHER_STRATEGY,
      ),
    ];
  });
  if (resource.warmup !== undefined) {
    parts.push(
      refused([...path, 'warmup'], 'warmup', `The warm-up of '${resource.id}' is not carried out yet`),
    );
  }
  for (const index of resource.verify.keys()) {
    const message = `The check ${index + 1} of '${resource.id}' is not carried out yet`;
    parts.push(refused([...path, 'verify', index], 'verify', message));
  }
  if (resource.type === 'ebs-volume' && resource.target?.attachTo !== undefined) {
    const message = `'${resource.id}' is not attached to an instance by this version yet`;
    parts.push(onlyOutsideDrills([...path, 'target', 'attachTo'], 'target attachTo', message, mode));
  }
  return parts;
}

const DO_BY_HAND = 'Take it out of the runbook and do it by hand, or use a version that supports it.';
const OTHER_STRATEGY = 'List strategies that are supported, or [auto] to let the planner choose.';

function refused(
  path: DocumentPath,
  part: string,
  message: string,
  next: Advice = DO_BY_HAND,
): UnsupportedPart {
  return { path, part, message: `${message}.`, clause: message, next, effect: 'refused' };
}

function notExercised(path: DocumentPath, part: string, message: string, next: Advice): UnsupportedPart {
  return { path, part, message: `${message}.`, clause: message, next, effect: 'not-exercised' };
}

/** What would touch production: left out of a drill anyway, and said so. */
function onlyOutsideDrills(path: DocumentPath, part: string, message: string, mode: Mode): UnsupportedPart {
  if (mode === 'restore') return refused(path, part, message);
  return notExercised(
    path,
    part,
    `${message}; a drill leaves production alone in any case`,
    'Rehearse this step by hand.',
  );
}
