import type { drillBoundaries } from '../../../infra/permissions/boundaries.ts';
import type { madeBy, takenBy } from '../../../infra/permissions/made.ts';
import type { actionsIn } from '../../../src/kinds/calls.ts';
import { variant, type Variant } from '../variant.ts';

const PERMISSIONS = 'test/infra/permissions.test.ts';

/** The roles of the deployment. */
export const cloudPermissions: readonly Variant[] = [
  variant<typeof madeBy>({
    name: 'roles-go-without-the-run-tag',
    breaks: 'The roles make, change and delete only what carries the tag of a run.',
    seam: 'madeBy',
    how: (madeBy) => (key, scope) => ({ ...madeBy(key, scope), Null: {} }),
    tests: [{ path: PERMISSIONS, name: 'never makes a volume without the run tag' }],
  }),
  variant<typeof madeBy>({
    name: 'drills-delete-what-restores-made',
    breaks: 'A drill deletes only what a drill made.',
    seam: 'madeBy',
    how: (madeBy) => (key, scope) => ({ ...madeBy(key, scope), StringLike: {} }),
    tests: [{ path: PERMISSIONS, name: 'never makes a volume for the other mode' }],
  }),
  variant<typeof takenBy>({
    name: 'roles-delete-evidence',
    breaks: 'No role may delete evidence of damage.',
    seam: 'takenBy',
    how: (takenBy) => (key, scope) => takenBy(key, scope, ['protection', 'forensics']),
    tests: [{ path: PERMISSIONS, name: 'never deletes evidence' }],
  }),
  variant<typeof drillBoundaries>({
    name: 'drills-have-no-boundary',
    breaks: 'A drill moves no traffic, whatever else its role is given.',
    seam: 'drillBoundaries',
    how: () => () => [],
    tests: [{ path: PERMISSIONS, name: 'forbidden to drills whatever else' }],
  }),
  variant<typeof actionsIn>({
    name: 'drills-need-what-restores-need',
    breaks: 'A drill is denied what only operations that its rules leave out need.',
    seam: 'actionsIn',
    how: (actionsIn) => () => actionsIn('restore'),
    tests: [{ path: PERMISSIONS, name: 'only restores need|is all that a drill may call' }],
  }),
];
