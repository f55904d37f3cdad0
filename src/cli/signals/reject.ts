import { signalCommand } from './signal-command.ts';

export const rejectCommand = signalCommand('reject', {
  summary: 'reject what a run waits for; the run ends and cleans up',
  description:
    'Rejects what a run asks now. The run is aborted, and the resources that it created are removed.',
  examples: ['lifeboat reject orders-20261120T0300-1 --reason "wrong recovery point"'],
});
