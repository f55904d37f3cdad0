import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface FunctionOptions {
  /** The folder of the bundle. */
  readonly bundle: string;
  readonly handler: string;
  /** Qualified by the version. */
  readonly functionArn: string;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Told of each line that the process prints. */
  readonly onLine: (line: string) => void;
}

interface Invocation {
  readonly id: string;
  readonly event: object;
  readonly deadline: number;
  readonly ended: PromiseWithResolvers<unknown>;
}

/**
 * A function of Lambda as a process of its own, which takes its invocations from a server that speaks Lambda's runtime API. Started with the first
 * invocation, and again with the next one after it has died.
 */
export class FunctionProcess {
  readonly #options: FunctionOptions;
  readonly #server: Server;
  #child: ChildProcess | undefined;
  #invocation: Invocation | undefined;
  #next: ((response: Invocation) => void) | undefined;

  private constructor(options: FunctionOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(options: FunctionOptions): Promise<FunctionProcess> {
    const opened = new FunctionProcess(options);
    opened.#server.listen(0, '127.0.0.1');
    await once(opened.#server, 'listening');
    return opened;
  }

  /** Whether an invocation is under way. */
  get isBusy(): boolean {
    return this.#invocation !== undefined;
  }

  /** @throws Error when the handler throws, or the process dies */
  async invoke(event: object, deadline: number): Promise<unknown> {
    const invocation = { id: randomUUID(), event, deadline, ended: Promise.withResolvers<unknown>() };
    this.#invocation = invocation;
    this.#child ??= this.#start();
    this.#next?.(invocation);
    try {
      return await invocation.ended.promise;
    } finally {
      this.#invocation = undefined;
    }
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async close(): Promise<void> {
    const ended = this.#child && once(this.#child, 'exit');
    this.kill();
    await ended;
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #start(): ChildProcess {
    const { bundle, handler, env, onLine } = this.#options;
    const { port } = this.#server.address() as AddressInfo;
    const here = (file: string): string => join(import.meta.dirname, file);
    const child = spawn(process.execPath, ['--import', here('fast-clock.mjs'), here('runtime.mjs')], {
      env: {
        ...env,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: bundle,
        _HANDLER: handler,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8').on('data', (part: string) => {
        const lines = (rest + part).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(onLine);
      });
    }
    child.once('exit', () => {
      this.#child = undefined;
      this.#next = undefined;
      this.#invocation?.ended.reject(new Error('The process of the function has died.'));
    });
    return child;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id, what] =
      /^\/2018-06-01\/runtime\/invocation\/([^/]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') return this.#give(response);
    const document = JSON.parse(await text(request)) as { readonly errorMessage?: string };
    response.writeHead(202).end();
    if (this.#invocation?.id !== id) return;
    if (what === 'response') this.#invocation?.ended.resolve(document);
    else this.#invocation?.ended.reject(new Error(document.errorMessage));
  }

  #give(response: ServerResponse): void {
    const give = ({ id, event, deadline }: Invocation): void => {
      this.#next = undefined;
      response.writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': id,
        'lambda-runtime-deadline-ms': deadline,
        'lambda-runtime-invoked-function-arn': this.#options.functionArn,
      });
      response.end(JSON.stringify(event));
    };
    this.#next = give;
    // The process has just started, for this invocation.
    if (this.#invocation !== undefined) give(this.#invocation);
  }
}
