/** For every transition xstate first creates an initial state without input, and discards it. Building its context would throw, which costs more than the transition. */
export function hasInput(input: object | undefined): boolean {
  return input !== undefined;
}

/** The context of a state that xstate discards unread. */
export const NO_CONTEXT = {} as never;
