import { fraction } from '../../src/hash.ts';
import { BUDGET } from '../../src/hosts/lambda/durable/budget.ts';
import { hurry } from '../lambda/durable/hurry.ts';
import { SimulatedCloud } from '../lambda/simulated-cloud.ts';
import { checkers } from '../simulation/checkers/index.ts';
import { scenarioOf } from '../simulation/scenario.ts';

jest.setTimeout(1_800_000);
hurry();

const SEEDS = 30;
/** An operator who resumes what has halted comes late, and a request that was counted may never be sent by a process that dies. */
const NOT_HELD = new Set(['every run ends', 'the report equals the world']);
const invariants = Object.entries(checkers).filter(([name]) => !NOT_HELD.has(name));

/** A run of which processes die, checkpoints are lost, and executions hand over early, as the seed says. Returns what is wrong. */
async function play(seed: number, faults: 'none' | 'storm'): Promise<readonly unknown[]> {
  const scenario = scenarioOf(seed);
  const roll = (key: string): number => fraction(`lambda/${seed}/${key}`);
  const cloud = new SimulatedCloud(scenario, {
    ...{ mode: scenario.mode, yes: true, seed, faults },
    budget: { ...BUDGET, operations: 20 + Math.floor(roll('budget') * 60) },
    service: {
      chaos: (point) => (roll(`point/${point}`) < 0.002 ? 'dies' : 'lives'),
      checkpoints(number) {
        const chance = roll(`checkpoint/${number}`);
        if (chance < 0.02) return 'lost';
        return chance < 0.04 ? 'unanswered' : 'arrives';
      },
    },
  });
  cloud.begin();
  await cloud.untilEnded();
  const outcome = await cloud.outcome();
  return [
    ...invariants.flatMap(([, check]) => check(outcome)),
    ...cloud.service.executions.flatMap(({ name, status, error }) =>
      status === 'SUCCEEDED' ? [] : [{ name, status, error }],
    ),
  ];
}

test.each(['none', 'storm'] as const)(
  'runs in the cloud with faults %s and dying processes',
  async (faults) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) expect([seed, await play(seed, faults)]).toEqual([seed, []]);
  },
);
