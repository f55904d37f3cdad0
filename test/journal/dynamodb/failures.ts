/** An error as the SDK throws it for an answer of the service. */
export function serviceError(name: string, status = 400): Error {
  const fault = status < 500 ? 'client' : 'server';
  return Object.assign(new Error(`${name} of a test`), {
    name,
    $fault: fault,
    $metadata: { httpStatusCode: status },
  });
}

/** An error as the SDK throws it when the connection breaks. */
export function brokenConnection(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', $metadata: {} });
}
