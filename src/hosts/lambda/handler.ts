import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { openCloud } from './handlers.ts';
import type { RunRequest } from './requests.ts';

/** The entry of the bundle: one handler for each function. What a handler needs is loaded with its first invocation. */
export { check, start, wake } from './handlers.ts';

/** The durable function: drives one run. */
export const run = withDurableExecution(async (request: RunRequest, context) => {
  const [{ execute }, cloud] = await Promise.all([import('./durable/execution.ts'), openCloud()]);
  return execute(request, context, cloud);
});
