import { defineCommand } from '../session/command.ts';
import {
  cloudOption,
  detachOption,
  incidentOptions,
  speedOption,
  worldOptions,
  yesOption,
  type CloudOptions,
} from '../session/options.ts';
import { ONLY_HERE, start } from '../cloud/start.ts';
import type { StartOptions } from '../run/create-run.ts';

export const drillCommand = defineCommand<[string], StartOptions & CloudOptions>({
  usage: 'drill <runbook>',
  summary: 'the same recovery as a rehearsal, in isolation',
  description:
    'Rehearses the recovery without touching production traffic: restores copies in isolation, verifies them, removes them ' +
    'and leaves evidence. With --simulate it needs no account and asks nothing.',
  options: [
    ...[...worldOptions(), ...incidentOptions(), yesOption(), speedOption()],
    cloudOption('start it in the deployed function, and follow it; RUNBOOK may be a name', ONLY_HERE),
    detachOption(),
  ],
  examples: [
    'lifeboat drill runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml',
    'lifeboat drill runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml --faults storm --seed 7 --json',
    'lifeboat drill orders --cloud --region us-east-1 --yes --detach',
  ],
  run: (session, [path], options) => start(session, 'drill', path, options),
});
