import { signalCommand } from './signal-command.ts';

export const approveCommand = signalCommand('approve', {
  summary: 'approve what a run waits for',
  description:
    'Approves a gate or confirms a manual step. --gate or --step names it; without a name the approval counts only for what the run asks now. Two ' +
    'approvals must come from two people: on a real account AWS STS identifies each of them; in a simulation --by does.',
  examples: [
    'lifeboat approve orders-20261120T0300-1 --reason "checked the plan"',
    'lifeboat approve orders-20261120T0300-1 --step dns',
    'lifeboat approve orders-20261120T0300-1 --break-glass --reason "the identity service is down"',
  ],
});
