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

export const restoreCommand = defineCommand<[string], StartOptions & CloudOptions>({
  usage: 'restore <runbook>',
  summary: 'the recovery: shows the plan, asks, and carries it out',
  description:
    'Recovers what the runbook names. Shows the plan and asks before anything is made, unless --yes. ' +
    'Ctrl-C pauses safely; lifeboat resume continues it, also after the process or the machine has died.',
  options: [
    ...[...worldOptions(), ...incidentOptions(), yesOption(), speedOption()],
    cloudOption('start it in the deployed function, and follow it; RUNBOOK may be a name', ONLY_HERE),
    detachOption(),
  ],
  examples: [
    'lifeboat restore orders.yaml --incident-at 2026-11-20T03:00:00Z',
    'lifeboat restore runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml --yes',
    'lifeboat restore orders --cloud --region us-east-1 --incident-at 2026-11-20T03:00:00Z',
  ],
  run: (session, [path], options) => start(session, 'restore', path, options),
});
