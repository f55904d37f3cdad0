import { signalCommand } from './signal-command.ts';

export const pauseCommand = signalCommand('pause', {
  summary: 'hold a run: nothing new is started',
  description:
    'Holds a run at the next safe point. What AWS has been asked for goes on; nothing new is asked.',
  examples: ['lifeboat pause orders-20261120T0300-1'],
});
