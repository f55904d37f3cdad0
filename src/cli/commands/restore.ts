import { defineCommand } from '../session/command.ts';
import { incidentOptions, speedOption, worldOptions, yesOption } from '../session/options.ts';
import { startRun } from '../run/start-run.ts';
import type { StartOptions } from '../run/create-run.ts';

export const restoreCommand = defineCommand<[string], StartOptions>({
  usage: 'restore <runbook>',
  summary: 'the recovery: shows the plan, asks, and carries it out',
  description:
    'Recovers what the runbook names. Shows the plan and asks before anything is made, unless --yes. ' +
    'Ctrl-C pauses safely; lifeboat resume continues it, also after the process or the machine has died.',
  options: [...worldOptions(), ...incidentOptions(), yesOption(), speedOption()],
  examples: [
    'lifeboat restore orders.yaml --incident-at 2026-11-20T03:00:00Z',
    'lifeboat restore runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml --yes',
  ],
  run: (session, [path], options) => startRun(session, 'restore', path, options),
});
