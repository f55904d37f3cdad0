import { formatNamed } from '../../../src/backfill/formats/formats.ts';
import { readMessage } from '../../../src/backfill/queue/sqs-message.ts';

const read = (members: object) =>
  readMessage(
    'm-1',
    {
      Body: JSON.stringify({
        time: '2026-10-10T13:55:00Z',
        method: 'GET',
        url: '/a',
        headers: {},
        ...members,
      }),
    },
    { format: formatNamed('capture'), source: 3 },
  );

test.each<[string, object, string]>([
  [
    'a body that is gone',
    { headers: { 'content-length': '11' } },
    'although it had one by its Content-Length',
  ],
  ['a masked URL', { url: '/a?token=REDACTED' }, 'a mask such as REDACTED'],
])('a message with %s is not sent, and stays in its queue', (_, members, why) => {
  expect(read(members)).toEqual({
    kind: 'malformed',
    why: expect.stringMatching(`^it cannot be sent again: .*${why}`) as string,
  });
});

test('a message that is whole is sent', () => {
  expect(read({})).toMatchObject({ kind: 'request', request: { method: 'GET', url: '/a', position: 'm-1' } });
});
