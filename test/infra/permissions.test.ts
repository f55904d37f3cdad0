import type { RunMode } from '../../src/plan/types.ts';
import { reference, type Faults, type Scenario } from '../hosts/support.ts';
import { dangers, dangersToDeployment, meant, onlyOfRestores } from './iam/dangers.ts';
import { deniedTo, dryRunsOf } from './iam/recording.ts';
import type { IamRequest } from './iam/request.ts';
import { arnInTemplate, DeployedRole } from './iam/roles.ts';
import { deploy } from './support.ts';

const { template } = deploy('runbooks', { 'lifeboat:monitoringRoles': 'rds-monitoring' });
const own = (type: string, id: RegExp) => arnInTemplate(template, type, id);
const roles = {
  drill: DeployedRole.ofFunction(template, 'lifeboat-drill'),
  restore: DeployedRole.ofFunction(template, 'lifeboat-restore'),
};

/** The petabyte of the reference, cut down to what a test has time for. `npm run test:long` plays all of it. */
function fewOf({ runbook, inventory }: Scenario, count: number): Scenario {
  const volumes = inventory.volumes.slice(0, count);
  const kept = new Set(volumes.map(({ id }) => id));
  return {
    runbook,
    inventory: {
      ...inventory,
      volumes,
      snapshots: inventory.snapshots.filter(({ volumeId }) => kept.has(volumeId)),
    },
  };
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  orders: reference('orders'),
  'cold-restore': fewOf(reference('cold-restore'), 6),
};

const PLAYED = (['drill', 'restore'] as const).flatMap((mode) =>
  Object.keys(SCENARIOS).flatMap((name) =>
    (['none', 'storm'] as const).map((faults) => [mode, name, faults] as const),
  ),
);

test.each<readonly [RunMode, string, Faults]>(PLAYED)(
  'a %s of %s under %s is allowed all that it asks for',
  async (mode, name, faults) => {
    expect(await deniedTo(roles[mode], SCENARIOS[name] as Scenario, { mode, faults })).toEqual([]);
  },
);

test('the daily check may try all that it tries, but to delete what no run has made', async () => {
  const denied: string[] = [];
  for (const request of await dryRunsOf(reference('orders')))
    if ((await roles.restore.decide(request)) !== 'Allowed') denied.push(request.action);
  expect(denied).toEqual(['ec2:DeleteVolume']);
});

describe.each(['drill', 'restore'] as const)('the role of a %s', (mode) => {
  test.each(Object.entries(meant(mode)))('%s', async (_, request) => {
    expect(await roles[mode].decide(request)).toBe('Allowed');
  });

  test.each(Object.entries({ ...dangers(mode), ...dangersToDeployment(own) }))(
    'never %s',
    async (_, request) => {
      expect(await roles[mode].decide(request)).toMatch(/Denied$/);
    },
  );
});

test.each(Object.keys(onlyOfRestores('drill')))('a restore %s, and a drill does not', async (name) => {
  expect(await roles.restore.decide(onlyOfRestores('restore')[name] as IamRequest)).toBe('Allowed');
  expect(await roles.drill.decide(onlyOfRestores('drill')[name] as IamRequest)).toMatch(/Denied$/);
});

test.each(['route53:ChangeResourceRecordSets', 'rds:PromoteReadReplica'])(
  '%s is forbidden to drills whatever else their role is given',
  async (action) => {
    const request = Object.values(dangers('drill')).find((one) => one.action === action) as IamRequest;
    expect(await roles.drill.decide(request)).toBe('ExplicitlyDenied');
  },
);

describe.each(['start', 'wake'] as const)('the role of lifeboat-%s', (name) => {
  const role = DeployedRole.ofFunction(template, `lifeboat-${name}`);

  test('can neither recover nor destroy anything', async () => {
    const allowed: string[] = [];
    for (const mode of ['drill', 'restore'] as const)
      for (const [title, request] of Object.entries({
        ...meant(mode),
        ...dangers(mode),
        ...dangersToDeployment(own),
      }))
        if ((await role.decide(request)) === 'Allowed') allowed.push(title);
    // Runs are started by their alias alone.
    expect(allowed).toEqual([]);
  });
});
