// What Lambda starts in a sandbox: takes invocations from the runtime API, one after the other, and gives them to the handler of the bundle.
import { get, request } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT, _HANDLER } = process.env;
const [file, name] = _HANDLER.split('.');
const handlers = await import(pathToFileURL(join(LAMBDA_TASK_ROOT, `${file}.mjs`)).href);
const invocations = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;

for (;;) {
  // The next invocation may be hours away: a request without a time limit.
  const next = await new Promise((resolve, reject) =>
    get(`${invocations}/next`, resolve).once('error', reject),
  );
  const { headers } = next;
  const id = headers['lambda-runtime-aws-request-id'];
  const arn = headers['lambda-runtime-invoked-function-arn'];
  const [functionName, functionVersion] = arn.split(':').slice(6);
  const context = {
    awsRequestId: id,
    invokedFunctionArn: arn,
    functionName,
    functionVersion,
    getRemainingTimeInMillis: () => Number(headers['lambda-runtime-deadline-ms']) - Date.now(),
  };
  let [path, answer] = ['response', undefined];
  try {
    answer = await handlers[name](await json(next), context);
  } catch (error) {
    [path, answer] = ['error', { errorType: error.name, errorMessage: error.message }];
  }
  await new Promise((resolve, reject) => {
    const posted = request(`${invocations}/${id}/${path}`, { method: 'POST' }, (response) =>
      response.resume().once('end', resolve),
    );
    posted.once('error', reject).end(JSON.stringify(answer ?? null));
  });
}
