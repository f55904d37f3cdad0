import { signalCommand } from './signal-command.ts';

export const rejectCommand = signalCommand('reject', {
  summary: 'refuse what a run waits for; the run ends and cleans up',
  description: 'Refuses what a run asks now. The run is aborted, and what it made is removed.',
  examples: ['lifeboat reject orders-20261120T0300-1 --reason "wrong recovery point"'],
});
