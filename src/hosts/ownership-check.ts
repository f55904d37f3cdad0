/** Passes a request on, whatever it is. */
type Middleware = <Request, Answer>(
  next: (request: Request) => Promise<Answer>,
) => (request: Request) => Promise<Answer>;

/** What a client of the SDK lets others add to. */
export interface SdkClient {
  readonly middlewareStack: {
    add(
      middleware: Middleware,
      options: {
        readonly step: 'deserialize';
        readonly priority: 'low';
        readonly name: string;
        readonly override: true;
      },
    ): void;
  };
}

/**
 * Calls `check` right before each request of `client` goes to the network, when it has been signed already; what `check` throws ends the
 * request there. Signing may wait for credentials for as long as it likes, and a process may be stopped and continued meanwhile: that
 * the request was still its own to send when it was counted says nothing then.
 *
 * @example beforeEachRequest(ec2, () => journal.assertOurs());
 */
export function beforeEachRequest(client: SdkClient, check: () => Promise<void>): void {
  const fence: Middleware = (next) => async (request) => {
    await check();
    return next(request);
  };
  // The last in the last step: nothing of the SDK comes after it but the handler that opens the connection.
  client.middlewareStack.add(fence, {
    step: 'deserialize',
    priority: 'low',
    name: 'lifeboatFence',
    override: true,
  });
}
