import { buffer } from 'node:stream/consumers';
import { XmlCodec } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer, ToStringShapeSerializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import { bytesOf } from './aws-chunked.ts';
import { httpOf, pathOf, routeTo } from './rest-routes.ts';
import type { Protocol, Refusal, Reply, WireOperation, WireRequest } from './wire.ts';
import { escapeXml, TIMESTAMPS, XML_DECLARATION, XML_TYPE } from './xml.ts';

const SETTINGS = { timestampFormat: TIMESTAMPS, httpBindings: true } as const;

/** S3's protocol: members of inputs and outputs are in the path, the query, headers or the body, as the schema says. */
export class RestXmlProtocol implements Protocol {
  readonly #xml: XmlCodec;

  constructor(namespace: string) {
    this.#xml = new XmlCodec({ ...SETTINGS, xmlNamespace: namespace, serviceNamespace: namespace });
  }

  operationOf(request: WireRequest, known: ReadonlyMap<string, WireOperation>): string {
    return routeTo(request, known.values()) ?? `${request.method} ${request.path}`;
  }

  async read(request: WireRequest, { input }: WireOperation): Promise<object> {
    const fields: Record<string, unknown> = {};
    for (const [name, member] of input.structIterator()) {
      const value: unknown = await this.#read(request, name, member);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  }

  #read(request: WireRequest, name: string, member: NormalizedSchema): unknown {
    const { headers, query, body } = request;
    const { httpLabel, httpQuery, httpPrefixHeaders, httpHeader, httpPayload } = member.getMergedTraits();
    if (httpLabel) return name === 'Bucket' ? pathOf(request).bucket : pathOf(request).key;
    if (httpQuery) return scalarOf(member, query.get(httpQuery));
    if (httpPrefixHeaders) return prefixed(headers, httpPrefixHeaders);
    if (httpHeader) return scalarOf(member, headers[httpHeader.toLowerCase()]);
    if (!httpPayload || body.length === 0) return undefined;
    return member.isStructSchema() ? this.#xml.createDeserializer().read(member, body) : bytesOf(request);
  }

  async write(output: object, operation: WireOperation, requestId: string): Promise<Reply> {
    const headers: Record<string, string> = { 'x-amz-request-id': requestId };
    const inBody: Record<string, unknown> = {};
    let body: string | Uint8Array = '';
    for (const [name, member] of operation.output.structIterator()) {
      const value = (output as Readonly<Record<string, unknown>>)[name];
      if (value === undefined) continue;
      const { httpHeader, httpPrefixHeaders, httpPayload } = member.getMergedTraits();
      if (httpHeader) headers[httpHeader.toLowerCase()] = textOf(member, value);
      else if (httpPrefixHeaders) Object.assign(headers, withPrefix(value as object, httpPrefixHeaders));
      else if (httpPayload) body = await buffer(value as AsyncIterable<Uint8Array>);
      else inBody[name] = value;
    }
    if (Object.keys(inBody).length > 0) {
      const serializer = this.#xml.createSerializer();
      serializer.write(operation.output, inBody);
      body = `${XML_DECLARATION}${String(serializer.flush())}`;
      Object.assign(headers, XML_TYPE);
    }
    const [, , status] = httpOf(operation.schema);
    return { status: 'content-range' in headers ? 206 : status, headers, body };
  }

  writeRefusal({ code, message, status, headers }: Refusal, requestId: string): Reply {
    const said = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
    return {
      ...{ status, headers: { ...XML_TYPE, 'x-amz-request-id': requestId, ...headers } },
      body: `${XML_DECLARATION}<Error>${said}<RequestId>${requestId}</RequestId></Error>`,
    };
  }
}

/** Of a parameter or header. */
function scalarOf(member: NormalizedSchema, text: string | readonly string[] | null | undefined): unknown {
  if (text === null || text === undefined) return undefined;
  return new FromStringShapeDeserializer(SETTINGS).read(member, String(text));
}

function textOf(member: NormalizedSchema, value: unknown): string {
  const serializer = new ToStringShapeSerializer(SETTINGS);
  serializer.write(member, value);
  return String(serializer.flush());
}

function prefixed(headers: WireRequest['headers'], prefix: string): object | undefined {
  const found = Object.entries(headers)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, value]) => [name.slice(prefix.length), String(value)]);
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

function withPrefix(values: object, prefix: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`${prefix}${name}`, String(value)]),
  );
}
