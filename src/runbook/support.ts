import { advise, lifeboat } from '../advice.ts';
import type { DocumentPath } from '../document/complaints.ts';
import { DRILL_RULES, happensIn } from '../kinds/drill-rules.ts';
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
    ...outsideDrills(runbook, mode),
    ...(runbook.cutover === undefined
      ? []
      : [
          onlyOutsideDrills(
            ['cutover'],
            'cutover',
            'Traffic is not moved by this version yet',
            mode,
            'cutover',
          ),
        ]),
    ...backfillParts(runbook, mode),
  ];
}

/** Conditions of a gate, by their fields: the rule, what a drill leaves out, and what to do instead. */
const CONDITIONS = [
  {
    subject: 'approvals',
    field: 'approvals',
    detail: (before: string) => `those before ${before} are not asked for in it`,
    next: 'Rehearse the asking by hand.',
  },
  {
    subject: 'window',
    field: 'window',
    detail: (before: string) => `the one before ${before} does not hold it up`,
    next: 'Start drills at an hour that suits you.',
  },
  {
    subject: 'freeze',
    field: 'freezeFile',
    detail: (before: string) => `the file before ${before} is not looked at`,
    next: 'Do not start drills while changes are frozen, if they disturb.',
  },
] as const;

/** What the runbook declares and a drill leaves out. */
function outsideDrills({ gates, manual, forensics }: Runbook, mode: Mode): readonly UnsupportedPart[] {
  const conditions = gates.flatMap((gate, index) =>
    CONDITIONS.flatMap(({ subject, field, detail, next }) => {
      if (gate[field] === undefined || happensIn(mode, subject)) return [];
      const message = `${DRILL_RULES[subject].why}: ${detail(gate.before)}`;
      return [notExercised(['gates', index, field], `gate ${field}`, message, next)];
    }),
  );
  const steps = manual.flatMap(({ name, before }, index) => {
    if (happensIn(mode, 'manual')) return [];
    const step = name === undefined ? index + 1 : `'${name}'`;
    const message = `${DRILL_RULES.manual.why}: the step ${step} before ${before} is left out`;
    return [notExercised(['manual', index], 'manual step', message, 'Rehearse this step by hand.')];
  });
  if (!forensics || happensIn(mode, 'forensics')) return [...conditions, ...steps];
  const next = 'Take one by hand to see that it may be taken.';
  return [...conditions, ...steps, notExercised(['forensics'], 'forensics', DRILL_RULES.forensics.why, next)];
}

/** A run may be driven by another process later: nothing can be read from a terminal. */
function backfillParts({ backfill }: Runbook, mode: Mode): readonly UnsupportedPart[] {
  if (backfill === undefined) return [];
  if (!happensIn(mode, 'backfill')) {
    const next = advise`Rehearse it with ${lifeboat('backfill run', '--dry-run')}.`;
    return [notExercised(['backfill'], 'backfill', DRILL_RULES.backfill.why, next)];
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
