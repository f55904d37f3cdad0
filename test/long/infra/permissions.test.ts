import type { RunMode } from '../../../src/plan/types.ts';
import { reference, type Faults } from '../../hosts/support.ts';
import { deniedTo } from '../../infra/iam/recording.ts';
import { DeployedRole } from '../../infra/iam/roles.ts';
import { deploy } from '../../infra/support.ts';

// Goal: the deployed roles may do all that a recovery needs. Method: the reference pairs at their real size, and storms of many seeds, in the
// simulator; each kind of request that they send is put before the policies of the synthesized template.

const { template } = deploy('runbooks', { 'lifeboat:monitoringRoles': 'rds-monitoring' });

const MODES = ['drill', 'restore'] as const;
const WHOLE = MODES.flatMap((mode) => (['storm'] as const).map((faults) => [mode, faults] as const));
const SEEDS = Array.from({ length: 5 }, (_, index) => index + 1);

test.each<readonly [RunMode, Faults]>(WHOLE)(
  'a %s of the petabyte under %s is allowed all that it asks for',
  async (mode, faults) => {
    const role = DeployedRole.ofFunction(template, `lifeboat-${mode}`);
    expect(await deniedTo(role, reference('cold-restore'), { mode, faults })).toEqual([]);
  },
  600_000,
);

test.each(MODES)(
  'a %s of orders is allowed all that it asks for in many storms',
  async (mode) => {
    const role = DeployedRole.ofFunction(template, `lifeboat-${mode}`);
    for (const seed of SEEDS)
      expect([seed, await deniedTo(role, reference('orders'), { mode, faults: 'storm', seed })]).toEqual([
        seed,
        [],
      ]);
  },
  600_000,
);
