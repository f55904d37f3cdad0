import { signalCommand } from './signal.ts';

export const abortCommand = signalCommand('abort', {
  summary: 'give a run up; what it made is removed',
  description: 'Gives a run up at once and removes what it made. What has carried traffic is never removed.',
  examples: ['lifeboat abort orders-20261120T0300-1 --reason "the primary is back"'],
});
