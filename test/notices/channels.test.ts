import { channelsOf, missingSecrets } from '../../src/notices/channels.ts';
import type { Message } from '../../src/notices/channel.ts';
import type { NoticeTarget } from '../../src/runbook/schema.ts';
import { answers, closeReceivers, receiver } from './servers.ts';

afterEach(closeReceivers);

const TOPIC = 'arn:aws:sns:eu-west-1:111111111111:alerts';
const IN_ENV: NoticeTarget = { webhook: { env: 'HOOK' } };
const NEVER = new AbortController().signal;
const MESSAGE = { subject: 's', text: 't' };

describe('an address that is missing is said, never the address itself', () => {
  test.each<[string | undefined, string | undefined]>([
    [undefined, 'is not set'],
    ['', 'is not set'],
    ['  ', 'is not set'],
    ['hooks.example/secret', 'does not hold an http or https address'],
    ['ftp://hooks.example/secret', 'does not hold an http or https address'],
    ['https://', 'does not hold an http or https address'],
    [
      'https://me:secret@hooks.example',
      'holds an address with a user and a password, which is not supported',
    ],
    ['https://hooks.example/secret', undefined],
    [' https://hooks.example/secret\n', undefined],
  ])('HOOK=%p %s', (HOOK, fault) => {
    const missing = missingSecrets([{ sns: TOPIC }, IN_ENV], { HOOK });
    const [channel] = channelsOf([IN_ENV], { env: { HOOK } });
    if (fault === undefined) {
      expect(missing).toEqual([]);
      expect(channel?.closed).toBeUndefined();
      return;
    }
    expect(missing).toEqual([
      {
        index: 1,
        name: 'HOOK',
        message: `The environment variable HOOK ${fault}: nothing is sent to this webhook of 'notify'.`,
        next: 'Set HOOK to the address of the webhook, or take it out of the runbook.',
      },
    ]);
    expect(channel?.closed).toBe(`the environment variable HOOK ${fault}`);
    expect(JSON.stringify([missing, channel])).not.toContain('secret');
  });

  test('an address in the runbook needs no environment variable', () => {
    expect(missingSecrets([{ webhook: 'https://hooks.example/x' }, { sns: TOPIC }], {})).toEqual([]);
  });
});

describe('ways to people', () => {
  test('labels hold no more than the origin, keys tell all apart', () => {
    const targets: NoticeTarget[] = [
      { webhook: 'https://hooks.example/secret' },
      { webhook: 'https://hooks.example/secret2' },
      IN_ENV,
      { sns: TOPIC },
    ];
    const env = { HOOK: 'https://chat.example:8443/secret' };
    const channels = channelsOf(targets, { env });
    expect(channels.map(({ label }) => label)).toEqual([
      'webhook https://hooks.example',
      'webhook https://hooks.example',
      'webhook $HOOK (https://chat.example:8443)',
      `topic ${TOPIC}`,
    ]);
    expect(new Set(channels.map(({ key }) => key)).size).toBe(4);
    expect(JSON.stringify(channels)).not.toContain('secret');
    // Another address in the variable is the same target.
    const [, , moved] = channelsOf(targets, { env: { HOOK: 'https://elsewhere.example' } });
    expect(moved?.key).toBe(channels[2]?.key);
  });

  test('a webhook is sent to where the variable says', async () => {
    const { url, received } = await receiver(answers(200));
    const [channel] = channelsOf([IN_ENV], { env: { HOOK: ` ${url.href}\n` } });
    expect(await channel?.deliver(MESSAGE, NEVER)).toEqual({ ok: true });
    expect(received.map(({ path, body }) => [path, body])).toEqual([['/services/secret', '{"text":"t"}']]);
  });

  test('a topic is published to, but not by a simulation', async () => {
    const published: [string, Message][] = [];
    const [channel] = channelsOf([{ sns: TOPIC }], {
      env: {},
      publish: async (arn, message) => {
        published.push([arn, message]);
        return { ok: true };
      },
    });
    expect(await channel?.deliver(MESSAGE, NEVER)).toEqual({ ok: true });
    expect(published).toEqual([[TOPIC, MESSAGE]]);
    const [closed] = channelsOf([{ sns: TOPIC }], { env: {} });
    expect(closed?.closed).toBe('a simulation publishes nothing to SNS');
    expect(await closed?.deliver(MESSAGE, NEVER)).toMatchObject({ ok: false, isFinal: true });
  });
});
