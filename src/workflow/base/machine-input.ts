/**
 * For every transition xstate makes an initial state without input first, and throws it away. Building a real context from nothing would
 * throw, be caught, and cost more than the transition itself.
 */
export function hasInput(input: object | undefined): boolean {
  return input !== undefined;
}

/** The context of a state that xstate throws away unread. */
export const NO_CONTEXT = {} as never;
