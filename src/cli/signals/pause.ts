import { signalCommand } from './signal-command.ts';

export const pauseCommand = signalCommand('pause', {
  summary: 'hold a run: nothing new is started',
  description:
    'Pauses a run at the next safe point. Requests already sent to AWS continue; no new ones are sent.',
  examples: ['lifeboat pause orders-20261120T0300-1'],
});
