/** Commands that only hold others, with one line for the list of commands. */
export const groups: Readonly<Record<string, string>> = {
  backfill: 'find, replay and reconcile the traffic missed in an outage',
};
