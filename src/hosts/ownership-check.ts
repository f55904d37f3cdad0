/** Passes on any request. */
type Middleware = <Request, Answer>(
  next: (request: Request) => Promise<Answer>,
) => (request: Request) => Promise<Answer>;

/** The middleware stack of an SDK client. */
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
 * Calls `check` right before each request of `client` is sent, after it was signed; an error of `check` ends the
 * request. Signing may wait for credentials without limit, and a process may be stopped and continued meanwhile: the ownership check
 * made when the request was counted may be outdated by then.
 *
 * @example beforeEachRequest(ec2, () => journal.assertOurs());
 */
export function beforeEachRequest(client: SdkClient, check: () => Promise<void>): void {
  const fence: Middleware = (next) => async (request) => {
    await check();
    return next(request);
  };
  // Lowest priority of the last step: of the SDK, only the handler that opens the connection comes later.
  client.middlewareStack.add(fence, {
    step: 'deserialize',
    priority: 'low',
    name: 'lifeboatFence',
    override: true,
  });
}
