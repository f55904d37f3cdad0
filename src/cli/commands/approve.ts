import { signalCommand } from './signal.ts';

export const approveCommand = signalCommand('approve', {
  summary: 'agree to what a run waits for',
  description:
    'Agrees to the next gate of a run. Where two must agree, each does so under a name of their own.',
  examples: ['lifeboat approve orders-20261120T0300-1 --by alex --reason "checked the plan"'],
});
