import type { attachmentOf } from '../../../src/kinds/ebs-volume/attachments.ts';
import type { chooseReplica } from '../../../src/kinds/rds-instance/replicas.ts';
import type { promoteReplica } from '../../../src/kinds/rds-instance/strategies/promote-replica.ts';
import type { LiveSchedule } from '../../../src/objectives/forecast.ts';
import type { planRecovery } from '../../../src/plan/planner.ts';
import type { databaseSpec } from '../../../src/kinds/rds-instance/spec.ts';
import type { actualRpa } from '../../../src/report/model/judgement.ts';
import type { inspectionOf } from '../../../src/workflow/resource/requests.ts';
import type { discard } from '../../../src/workflow/resource/losses.ts';
import { variant, type Variant } from '../variant.ts';

const VERIFIED = 'test/workflow/verified-copies.test.ts';
const RPA = 'test/report/model/rpa.test.ts';

/** What is recovered, how it is judged, and what is said of it. */
export const recovery: readonly Variant[] = [
  variant<typeof discard>({
    name: 'a-discarded-copy-keeps-its-verification',
    breaks:
      'A copy is discarded while it is verified: the answer that is under way does not verify the new one.',
    seam: 'discard',
    how: (discard) => (context, make, reason, isGone) => {
      const next = discard(context, make, reason, isGone);
      const { verify } = context.pending;
      return verify === undefined ? next : { ...next, pending: { ...next.pending, verify } };
    },
    tests: [{ path: VERIFIED }],
  }),
  variant<typeof discard>({
    name: 'a-verified-copy-stays-verified-when-it-is-replaced',
    breaks: 'What replaces a verified copy is verified anew.',
    seam: 'discard',
    how: (discard) => (context, make, reason, isGone) => ({
      ...discard(context, make, reason, isGone),
      verified: context.verified,
    }),
    tests: [{ path: VERIFIED, name: 'one that is lost after it was verified' }],
  }),
  variant<typeof inspectionOf>({
    name: 'every-verification-has-the-same-identity',
    breaks: 'A late answer about a copy that was thrown away says nothing of its successor.',
    seam: 'inspectionOf',
    how: (inspectionOf) => (context) => ({ ...inspectionOf(context), id: 'the/same#1' }),
    tests: [{ path: VERIFIED }],
  }),
  variant<typeof databaseSpec>({
    name: 'a-drill-copies-public-access',
    breaks: 'The copy that a drill makes of a public database is not public.',
    seam: 'databaseSpec',
    how: (databaseSpec) => (target, from, source, snapshot, index) => {
      const made = databaseSpec(target, from, source, snapshot, index);
      const publiclyAccessible = source?.publiclyAccessible;
      if ('why' in made || publiclyAccessible === undefined) return made;
      return { spec: { ...made.spec, publiclyAccessible } };
    },
    tests: [{ path: 'test/driver/drill-isolation.test.ts', name: 'a drill makes' }],
  }),
  variant<typeof databaseSpec>({
    name: 'a-drill-copies-deletion-protection',
    breaks: 'The copy that a drill makes of a protected database can be deleted.',
    seam: 'databaseSpec',
    how: (databaseSpec) => (target, from, source, snapshot, index) => {
      const made = databaseSpec(target, from, source, snapshot, index);
      if ('why' in made) return made;
      return { spec: { ...made.spec, deletionProtection: source?.deletionProtection ?? false } };
    },
    tests: [{ path: 'test/plan/specs.test.ts', name: 'in a drill lives in its isolation' }],
  }),
  variant<typeof databaseSpec>({
    name: 'a-drill-copies-roles',
    breaks: 'The copy that a drill makes has no role, with which it could act on production.',
    seam: 'databaseSpec',
    how: (databaseSpec) => (target, from, source, snapshot, index) => {
      const made = databaseSpec(target, from, source, snapshot, index);
      const roles = source?.associatedRoles;
      if ('why' in made || roles === undefined) return made;
      return { spec: { ...made.spec, associatedRoles: roles } };
    },
    tests: [{ path: 'test/plan/specs.test.ts', name: 'in a drill joins no directory' }],
  }),
  variant<typeof actualRpa>({
    name: 'the-report-tells-the-newest-recovery-point',
    breaks: 'The actual RPA is the age of the oldest recovery point that was used.',
    seam: 'actualRpa',
    how: (actualRpa) => (view) => {
      const ages = view.resources.map((resource) => actualRpa({ ...view, resources: [resource] }));
      const known = ages.filter((age) => age !== null);
      return known.length < ages.length ? null : Math.min(...known);
    },
    tests: [{ path: RPA, name: 'the report tells' }],
  }),
  variant<typeof actualRpa>({
    name: 'the-report-leaves-out-what-did-not-come-back',
    breaks: 'There is no actual RPA while a resource has not come back.',
    seam: 'actualRpa',
    how: (actualRpa) => (view) =>
      actualRpa({ ...view, resources: view.resources.filter(({ state }) => state === 'ready') }),
    tests: [{ path: RPA, name: 'the report tells' }],
  }),
  variant<LiveSchedule['forecast']>({
    name: 'the-live-view-tells-the-first-strategy',
    breaks: 'The live RPA is that of the strategies in use.',
    seam: 'LiveSchedule#forecast',
    how: (forecast) =>
      function (this: LiveSchedule, progress, now, recoveredAt) {
        const { rpo } = forecast.call(this, new Map(), now, recoveredAt);
        return { ...forecast.call(this, progress, now, recoveredAt), rpo };
      },
    tests: [{ path: RPA, name: 'of the strategy in use' }],
  }),
  variant<typeof planRecovery>({
    name: 'the-plan-tells-the-first-recovery-point',
    breaks: 'The forecast RPA is the age of the oldest chosen recovery point.',
    seam: 'planRecovery',
    how: (planRecovery) => (input) => {
      const plan = planRecovery(input);
      const rpaSeconds = plan.resources[0]?.strategies[0]?.recoveryPoint.ageSeconds ?? null;
      return { ...plan, forecast: { ...plan.forecast, rpaSeconds } };
    },
    tests: [{ path: RPA, name: 'the plan tells' }],
  }),
  variant<typeof chooseReplica>({
    name: 'a-replica-with-the-damage-is-promoted',
    breaks: 'With the policy before-damage no replica is promoted that has applied the damage.',
    seam: 'chooseReplica',
    how: (chooseReplica) => (search, index) =>
      chooseReplica({ ...search, policy: { ...search.policy, policy: 'latest' } }, index),
    tests: [{ path: 'test/kinds/promote-replica.test.ts', name: 'damage' }],
  }),
  variant<typeof promoteReplica>({
    name: 'a-drill-promotes-a-replica',
    breaks: 'A drill never promotes a replica.',
    seam: 'promoteReplica',
    how: (promoteReplica) => ({
      ...promoteReplica,
      propose: (subject) => promoteReplica.propose({ ...subject, drill: false }),
    }),
    tests: [{ path: 'test/kinds/promote-replica.test.ts', name: 'in a drill' }],
  }),
  variant<typeof attachmentOf>({
    name: 'a-drill-attaches-to-production',
    breaks: 'A drill attaches volumes to the instance of its isolation alone.',
    seam: 'kinds/attachmentOf',
    how: (attachmentOf) => (planId, context) => attachmentOf(planId, { ...context, mode: 'restore' }),
    tests: [{ path: 'test/kinds/attach.test.ts', name: 'drill' }],
  }),
];
