interface FailureOptions {
  readonly name: string;
  readonly message: string;
  readonly $fault: 'client' | 'server';
  readonly $metadata: ReturnType<typeof failureMetadata>;
}

/** The SDK's metadata of a failed call. */
export function failureMetadata(httpStatusCode: number) {
  return { httpStatusCode, attempts: 1, totalRetryDelay: 0 };
}

/** Makes errors of a service as the SDK throws them, `name` being the code. `Exception` is the service's own base class. */
export function failuresOf<E extends Error>(
  Exception: new (options: FailureOptions) => E,
): (code: string, message: string, httpStatusCode?: number) => E {
  return (name, message, httpStatusCode = 400) =>
    new Exception({
      name,
      message,
      $fault: httpStatusCode >= 500 ? 'server' : 'client',
      $metadata: failureMetadata(httpStatusCode),
    });
}
