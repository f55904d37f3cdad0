import { defineCommand } from '../session/command.ts';
import { incidentOptions, speedOption, worldOptions, yesOption } from '../session/options.ts';
import { startRun } from '../run/start-run.ts';
import type { StartOptions } from '../run/create-run.ts';

export const drillCommand = defineCommand<[string], StartOptions>({
  usage: 'drill <runbook>',
  summary: 'the same recovery as a rehearsal, in isolation',
  description:
    'Rehearses the recovery without touching production traffic: restores copies in isolation, verifies them, removes them ' +
    'and leaves evidence. With --simulate it needs no account and asks nothing.',
  options: [...worldOptions(), ...incidentOptions(), yesOption(), speedOption()],
  examples: [
    'lifeboat drill runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml',
    'lifeboat drill runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml --faults storm --seed 7 --json',
  ],
  run: (session, [path], options) => startRun(session, 'drill', path, options),
});
