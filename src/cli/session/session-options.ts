import { DEFAULT_STATE } from './options.ts';

/** What a command needs to find the runs of this state directory; nothing where that is the default. */
export function sessionOptions(state: string): readonly string[] {
  return state === DEFAULT_STATE ? [] : ['--state', state];
}

/** `--state` on a command line that is not parsed yet: errors of parsing are rendered with it too. */
export function stateOf(args: readonly string[]): string {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  const at = options.findLastIndex((arg) => arg === '--state' || arg.startsWith('--state='));
  if (at === -1) return DEFAULT_STATE;
  const joined = options[at]?.slice('--state='.length) ?? '';
  const state = options[at] === '--state' ? options[at + 1] : joined;
  return state === undefined || state.trim() === '' ? DEFAULT_STATE : state;
}
