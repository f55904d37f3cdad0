import { CborCodec } from '@smithy/core/cbor';
import { JsonCodec } from '@smithy/core/protocols';
import type { Protocol, Refusal, Reply, WireOperation, WireRequest } from './wire.ts';

/** Instants are seconds since the epoch; 7 is the SDK's number for that form. */
const TIMESTAMPS = { useTrait: true, default: 7 } as const;

/** `awsJson1_0` and `awsJson1_1`. */
export class JsonProtocol implements Protocol {
  readonly #codec = new JsonCodec({ timestampFormat: TIMESTAMPS, jsonName: false });

  operationOf({ headers }: WireRequest): string {
    return (
      String(headers['x-amz-target'] ?? '')
        .split('.')
        .at(-1) ?? ''
    );
  }

  async read({ body }: WireRequest, { input }: WireOperation): Promise<object> {
    if (body.length === 0) return {};
    return (await this.#codec.createDeserializer().read(input, body.toString())) as object;
  }

  write(output: object, operation: WireOperation, requestId: string): Reply {
    const serializer = this.#codec.createSerializer();
    serializer.write(operation.output, output);
    const body = operation.output.isStructSchema() ? serializer.flush() : '{}';
    return { status: 200, headers: headersOf(requestId), body };
  }

  writeRefusal(refusal: Refusal, requestId: string): Reply {
    const { name, message, status } = refusal;
    return {
      ...{ status, headers: { ...headersOf(requestId), ...queryError(refusal) } },
      body: JSON.stringify({ __type: name, message }),
    };
  }
}

function headersOf(requestId: string): Record<string, string> {
  return { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId };
}

/** Services that once spoke `awsQuery` also tell the code that they had there. */
function queryError({ code, status }: Refusal): Record<string, string> {
  return { 'x-amzn-query-error': `${code};${status >= 500 ? 'Receiver' : 'Sender'}` };
}

/** `smithy-rpc-v2-cbor`: newer AWS CLIs ask CloudWatch in it. */
export class CborProtocol implements Protocol {
  readonly #codec = new CborCodec();

  operationOf({ path }: WireRequest): string {
    return path.split('/').at(-1) ?? '';
  }

  read({ body }: WireRequest, { input }: WireOperation): object {
    if (body.length === 0) return {};
    return this.#codec.createDeserializer().read(input, body) as object;
  }

  write(output: object, operation: WireOperation, requestId: string): Reply {
    const serializer = this.#codec.createSerializer();
    serializer.write(operation.output, output);
    return { status: 200, headers: CborProtocol.#headers(requestId), body: serializer.flush() };
  }

  writeRefusal(refusal: Refusal, requestId: string): Reply {
    const serializer = this.#codec.createSerializer();
    const { name, message, status } = refusal;
    serializer.write([3, 'lifeboat', 'Refusal', 0, ['__type', 'message'], [0, 0]], { __type: name, message });
    const headers = { ...CborProtocol.#headers(requestId), ...queryError(refusal) };
    return { status, headers, body: serializer.flush() };
  }

  static #headers(requestId: string): Record<string, string> {
    return {
      ...{ 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
      'x-amzn-requestid': requestId,
    };
  }
}
