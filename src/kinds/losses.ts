import { count, optional, text, type Coded, type Declared } from '../coded.ts';

/** Why a part can no longer be used, or cannot be used any more as it was requested. */
export const LOSSES = {
  'fsr-not-enabled': { about: 'Fast snapshot restore was not enabled in time.', data: {} },
  'fsr-switched-off': {
    about: 'Another user of the account switched fast snapshot restore off.',
    data: {},
  },
  'fsr-contested': {
    about: 'Another user of the account keeps switching fast snapshot restore off.',
    data: {},
  },
  'fsr-without-credit': {
    about: 'A volume was created without fast snapshot restore.',
    data: { id: text('The volume.') },
  },
  'went-to': {
    about: 'What was made went to a state that it does not come back from.',
    data: {
      id: text('Volume, DB instance or snapshot.'),
      status: text('The state.'),
      detail: optional(text("AWS's message.")),
    },
  },
  'deleted-elsewhere': {
    about: 'What was made was deleted, and not by this run.',
    data: { id: text('What is gone.') },
  },
  vanished: { about: 'What was made no longer exists.', data: { id: text('What is gone.') } },
  stalled: {
    about: 'Hydration has stopped.',
    data: { id: text('The volume.'), percent: count('How far it came.') },
  },
  'not-available': {
    about: 'What was made did not become available in time.',
    data: {
      id: text('Volume or DB instance.'),
      minutes: count('How long it was waited for.'),
    },
  },
  'step-too-late': {
    about: 'A step did not complete in time.',
    data: { step: text('The step.'), minutes: count('How long it was waited for.') },
  },
} as const satisfies Readonly<Record<string, Declared>>;

export type Loss = Coded<typeof LOSSES>;
