import { advise, adviceText, COMMAND_NAMES, lifeboat, type CommandName } from '../src/advice.ts';
import { nameOf } from '../src/cli/session/command.ts';
import { commands } from '../src/cli/commands/index.ts';

const RUN = 'orders-20261120T0300-1';
const ELSEWHERE = ['--state', "Bob's disk"];

test('each command of the program can be suggested, and no other', () => {
  expect([...COMMAND_NAMES].sort()).toEqual(commands.map(nameOf).sort());
});

test.each([
  [lifeboat('resume', RUN), `lifeboat resume ${RUN}`],
  ['No command here', 'No command here'],
  [advise`Go on with: ${lifeboat('resume', RUN)}.`, `Go on with: lifeboat resume ${RUN}.`],
  [
    advise`${lifeboat('approve', RUN, '--step', 'a b')}, then ${advise`${2} times ${lifeboat('runs')}`}`,
    `lifeboat approve ${RUN} --step 'a b', then 2 times lifeboat runs`,
  ],
])('the text of %j', (advice, text) => {
  expect(adviceText(advice)).toBe(text);
  expect(adviceText(JSON.parse(JSON.stringify(advice)))).toBe(text);
});

test('each command gets the options of the session, quoted for a shell', () => {
  const advice = advise`${lifeboat('pause', RUN)} or ${lifeboat('cleanup', RUN, '--discard-recovered')}!`;
  expect(adviceText(advice, ELSEWHERE)).toBe(
    `lifeboat pause ${RUN} --state 'Bob'\\''s disk' or lifeboat cleanup ${RUN} --discard-recovered --state 'Bob'\\''s disk'!`,
  );
});

const CLOUD = ['--journal', 'dynamodb://lifeboat?region=us-west-2', '--cloud'];

test('a command about a run in the cloud gets the journal; what drives or starts one gets --cloud, and others nothing', () => {
  const advice = advise`${lifeboat('pause', RUN)} or ${lifeboat('resume', RUN)} or ${lifeboat('drill', 'RUNBOOK')} or ${lifeboat('check', 'RUNBOOK')}`;
  expect(adviceText(advice, CLOUD)).toBe(
    `lifeboat pause ${RUN} --journal 'dynamodb://lifeboat?region=us-west-2' or ` +
      `lifeboat resume ${RUN} --journal 'dynamodb://lifeboat?region=us-west-2' --cloud or lifeboat drill RUNBOOK --cloud or lifeboat check RUNBOOK`,
  );
  expect(adviceText(lifeboat('drill', 'orders', '--cloud'), CLOUD)).toBe('lifeboat drill orders --cloud');
  expect(adviceText(lifeboat('resume', RUN), CLOUD.slice(0, 2))).not.toContain('--cloud');
});

test('what is suggested of a run in the cloud takes --journal, and only that', () => {
  for (const { usage, options } of commands) {
    const name = nameOf({ usage }) as CommandName;
    const takes = (option: string) => options.some(({ long }) => long === option);
    const text = adviceText(lifeboat(name), CLOUD);
    for (const option of ['--journal', '--cloud'])
      expect([name, option, text.includes(option)]).toEqual([name, option, takes(option)]);
  }
});

test('a request for help gets none', () => {
  expect(adviceText(lifeboat('plan', '--help'), ELSEWHERE)).toBe('lifeboat plan --help');
});

test('text without a command stays a string', () => {
  expect(advise`${1} of ${'two'}`).toBe('1 of two');
});
