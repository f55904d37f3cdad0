import { advise, lifeboat } from '../advice.ts';
import type { DocumentPath } from '../document/complaints.ts';
import { runbookOf } from '../kinds/schemas.ts';
import type { Isolation, Runbook, RunbookResource } from './schema.ts';
import { notExercised, onlyOutsideDrills, refused } from './unsupported.ts';
import type { Mode, UnsupportedPart } from './unsupported.ts';

export type { UnsupportedPart } from './unsupported.ts';

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
    ...runbook.resources.flatMap((resource, index) =>
      resourceParts(resource, ['resources', index], mode, runbook.drill?.isolation),
    ),
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
  isolation: Isolation | undefined,
): readonly UnsupportedPart[] {
  const parts = [...(runbookOf(resource.type)?.unsupported(resource, path, mode, isolation) ?? [])];
  if (parts.some(({ path: whole }) => whole === path)) return parts;
  if (resource.warmup !== undefined) {
    parts.push(
      refused([...path, 'warmup'], 'warmup', `The warm-up of '${resource.id}' is not carried out yet`),
    );
  }
  for (const index of resource.verify.keys()) {
    const message = `The check ${index + 1} of '${resource.id}' is not carried out yet`;
    parts.push(refused([...path, 'verify', index], 'verify', message));
  }
  return parts;
}
