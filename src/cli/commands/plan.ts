import { defineCommand } from '../session/command.ts';
import { EXIT } from '../session/exit-codes.ts';
import { incidentOptions, refuseStrayOptions, worldOptions } from '../session/options.ts';
import type { IncidentOptions, WorldOptions } from '../session/options.ts';
import { noteGaps, prepare } from '../inputs/prepare.ts';
import { allProblems } from '../../preparation/prepare.ts';
import { planText } from '../run/start-run.ts';

export const planCommand = defineCommand<[string], WorldOptions & IncidentOptions>({
  usage: 'plan <runbook>',
  summary: 'what a recovery would do, take and cost; reads only',
  description:
    'Shows recovery points, the strategy of each resource with its alternatives, the order, the forecast against the objectives, ' +
    'the cost and all that a run may change. Reads only. Exits 3 when an objective would be missed, 5 without a feasible plan.',
  options: [...worldOptions(), ...incidentOptions()],
  examples: [
    'lifeboat plan runbooks/orders.yaml --simulate runbooks/inventories/orders.yaml',
    'lifeboat plan orders.yaml --incident-at 2026-11-20T03:00:00Z --damaged-at 2026-11-20T02:30:00Z --json',
  ],
  async run(session, [path], options) {
    refuseStrayOptions(options);
    const preparation = await prepare(path, 'restore', options);
    noteGaps(preparation, session.terminal);
    const { plan, isFeasible } = preparation;
    if (session.terminal.json) {
      const { planDocument } = await import('../../plan/document.ts');
      session.terminal.document(
        planDocument({ ...plan, problems: allProblems(preparation) }, session.terminal.hint),
      );
    } else session.terminal.print(await planText(preparation, session));
    if (!isFeasible) return EXIT.notReady;
    return plan.meets.rto && plan.meets.rpo ? EXIT.done : EXIT.objectiveMissed;
  },
});
