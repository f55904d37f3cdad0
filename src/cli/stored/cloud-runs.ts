import { createClient } from '../../aws/clients.ts';
import { classify, toLifeboatError } from '../../aws/request-failures.ts';
import { DynamoStore } from '../../journal/dynamodb/dynamo-store.ts';
import type { TableAddress } from '../../journal/table-address.ts';
import { refuseBadEndpoint } from '../../preparation/account.ts';
import { cloudFolder } from './cloud-folders.ts';
import type { Runs } from './stored-run.ts';

/**
 * Opens the runs of a table. Sends nothing yet.
 *
 * @param state where hosts keep files on this machine
 * @throws LifeboatError `AWS_FAILED` without a Region, `USAGE` for an endpoint that is no address
 */
export async function openTable({ table, region: named }: TableAddress, state: string): Promise<Runs> {
  refuseBadEndpoint(process.env);
  const client = await createClient('dynamodb', named === undefined ? {} : { region: named });
  const region = named ?? (await regionOf(client));
  const ring = (callbackId: string): Promise<void> => endWait(region, callbackId);
  return Object.assign(new DynamoStore({ client, table, region, classify, ring }), {
    folder: (runId: string) => cloudFolder(state, runId),
    close: () => client.destroy(),
  });
}

async function regionOf(client: { readonly config: { region(): Promise<string> } }): Promise<string> {
  try {
    return await client.config.region();
  } catch (error) {
    throw toLifeboatError(classify(error), error);
  }
}

/** Ends the wait of a function that rests: it hears a signal now, and not only when its wait ends by itself. */
async function endWait(region: string, callbackId: string): Promise<void> {
  const { SendDurableExecutionCallbackSuccessCommand } = await import('@aws-sdk/client-lambda');
  const lambda = await createClient('lambda', { region });
  try {
    await lambda.send(new SendDurableExecutionCallbackSuccessCommand({ CallbackId: callbackId }));
  } finally {
    lambda.destroy();
  }
}
