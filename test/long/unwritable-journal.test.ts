import { isStoppedBy } from '../driver/unwritable-journal.ts';

test('a journal that cannot be written stops a drill of several volumes before anything is sent, at whichever decision', async () => {
  let from = 1;
  while (await isStoppedBy(from, { volumes: 3 })) from += 1;
  expect(from).toBeGreaterThan(20);
});
