import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { BeginRun, Deployment, RunRequest } from '../../../src/hosts/lambda/requests.ts';
import { DEPLOYMENT_PARAMETER } from '../../../src/hosts/lambda/requests.ts';
import { serveAccount } from '../../../src/simulator/endpoint/account.ts';
import { ORDERS, begin, invoke, type Answer, type Asked, type CloudStage } from './stage.ts';

const functionArn = (mode: string): string =>
  `arn:aws:lambda:us-east-1:111111111111:function:lifeboat-${mode}:live`;

export const DEPLOYMENT: Deployment = {
  schema: 'lifeboat.deployment/v1',
  region: 'us-east-1',
  table: 'lifeboat-journal',
  functions: { drill: functionArn('drill'), restore: functionArn('restore') },
  runbookBucket: 'lifeboat-runbooks',
  evidenceBucket: 'lifeboat-evidence',
  topic: 'arn:aws:sns:us-east-1:111111111111:lifeboat',
  runbooks: ['orders'],
};

/** An account with the deployment's parameter; gives back a way to close it. */
export async function deploy(parameter?: unknown): Promise<() => Promise<void>> {
  const account = await serveAccount({ inventory: ORDERS.inventory });
  process.env['AWS_ENDPOINT_URL'] = account.url;
  if (parameter !== undefined) {
    const ssm = new SSMClient({});
    await ssm.send(
      new PutParameterCommand({
        Name: DEPLOYMENT_PARAMETER,
        Type: 'String',
        Value: JSON.stringify(parameter),
      }),
    );
    ssm.destroy();
  }
  return account.close;
}

/** How an execution has ended, as GetDurableExecution tells it. */
export interface End {
  readonly Status: 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';
  readonly Result?: string;
  readonly Error?: { readonly ErrorMessage: string };
}

/** Lambda and the durable function of the deployment. */
export class DeployedFunction {
  readonly #stage: CloudStage;
  /** Instead of beginning a run. */
  refusal: object | undefined;
  /** How every execution has ended. */
  ends: End | undefined;
  /** The execution that has handed the run over, and its successor. */
  handedOver: { readonly from: string; readonly to: string } | undefined;
  /** Names of executions that have failed. */
  readonly failed = new Set<string>();
  /** The runbook asks an approval before it restores. */
  gates = false;
  /** Runs are begun, and not driven. */
  hold = false;
  /** Requests by the names of their executions. */
  readonly requests = new Map<string, RunRequest>();
  #work = Promise.resolve();

  constructor(stage: CloudStage) {
    this.#stage = stage;
    stage.lambda = (asked) => this.#answer(asked);
  }

  async idle(): Promise<void> {
    await this.#work;
  }

  #answer({ method, path, headers, body }: Asked): Answer {
    if (path.endsWith('/invocations'))
      return this.#invoked(String(headers['x-amz-durable-execution-name']), body);
    if (path.endsWith('/succeed')) {
      const runId = path.split('/').at(-2) ?? '';
      if (!this.hold) this.#later(() => invoke(this.#stage, runId));
      return {};
    }
    const url = new URL(path, 'http://lambda');
    const name = url.searchParams.get('DurableExecutionName') ?? path.split('/').at(-1) ?? '';
    const one = {
      DurableExecutionArn: `arn:aws:lambda:us-east-1:111111111111:function:f/durable-execution/${name}`,
      ...{
        DurableExecutionName: name,
        FunctionArn: functionArn('drill'),
        StartTimestamp: 0,
        Status: 'RUNNING',
      },
      ...this.ends,
      ...(this.handedOver?.from === name && {
        Status: 'SUCCEEDED',
        Result: JSON.stringify({ kind: 'handed-over', to: this.handedOver.to }),
      }),
      ...(this.failed.has(name) && { Status: 'FAILED', Error: { ErrorMessage: 'The role has expired.' } }),
    };
    const isKnown = this.requests.has(name) || this.failed.has(name) || this.handedOver?.from === name;
    if (method === 'GET' && url.searchParams.has('DurableExecutionName'))
      return { body: { DurableExecutions: isKnown ? [one] : [] } };
    return { body: one };
  }

  #invoked(name: string, body: unknown): Answer {
    const request = body as RunRequest;
    // The service answers as if it had started one.
    if (this.failed.has(name)) return { status: 202 };
    this.requests.set(name, request);
    if (request.kind === 'continue') this.#later(() => invoke(this.#stage, request.runId));
    else if (this.refusal === undefined) this.#later(() => this.#begin(request));
    else this.ends = { Status: 'SUCCEEDED', Result: JSON.stringify(this.refusal) };
    return { status: 202 };
  }

  async #begin({ runId, mode, asksApproval }: BeginRun): Promise<void> {
    const gates = [
      { id: 'restore/approvals/start', before: 'restore', kind: 'approvals', approvals: 1, why: 'asked' },
    ];
    const isAsked = asksApproval || this.gates;
    await begin(this.#stage, {}, { runId, mode, ...(isAsked && { gates: gates as never }) });
    await this.#stage.store.expectWake(runId, runId);
    if (!this.hold) await invoke(this.#stage, runId);
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work);
  }
}
