import { signalCommand } from './signal-command.ts';

export const approveCommand = signalCommand('approve', {
  summary: 'agree to what a run waits for',
  description:
    'Agrees to what a run asks: an approval, or a step by hand. --gate or --step names it; without a name it counts only for what the run asks now. Where ' +
    'two must agree, they must be two people: on a real account the identity service says who each is; in a simulation --by does.',
  examples: [
    'lifeboat approve orders-20261120T0300-1 --reason "checked the plan"',
    'lifeboat approve orders-20261120T0300-1 --step dns',
    'lifeboat approve orders-20261120T0300-1 --break-glass --reason "the identity service is down"',
  ],
});
