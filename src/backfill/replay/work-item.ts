import type { ReplayRequest, Ticket } from '../base/replay-ports.ts';

/** One request on its way through the engine. While it waits it is a few numbers; its body is loaded again when it is due. */
export class WorkItem {
  ticket: Ticket;
  request: ReplayRequest | undefined;
  /** Attempts that have begun. */
  attempts = 0;
  /** Of those: certainly never left. They are no attempts at the request. */
  unsent = 0;
  /** It failed while others did not: its next failure says nothing of the target. */
  isSuspect = false;
  /** An earlier attempt may have arrived. */
  maybeArrived = false;
  /** It is to be concluded as ambiguous, without another attempt. */
  undecidable = false;
  /** The retry budget has counted the attempt that comes. */
  isBudgeted = false;
  sentAtMs = 0;
  /** The one with the same key that comes after it. */
  behind: WorkItem | undefined;

  constructor(request: ReplayRequest) {
    this.ticket = request;
    this.request = request;
  }

  /** Lets go of all that can be loaded again. */
  unload(): void {
    const { source, position, ordinal, at, orderKey } = this.ticket;
    this.ticket = {
      source,
      position,
      at,
      ...(ordinal !== undefined && { ordinal }),
      ...(orderKey !== undefined && { orderKey }),
    };
    this.request = undefined;
  }
}
