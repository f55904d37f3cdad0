import { XmlShapeSerializer } from '@aws-sdk/core/protocols';
import { FromStringShapeDeserializer } from '@smithy/core/protocols';
import type { NormalizedSchema } from '@smithy/core/schema';
import type { StaticStructureSchema } from '@smithy/types';
import { escapeXml, TIMESTAMPS, XML_DECLARATION, XML_TYPE } from './xml.ts';
import type { Protocol, Refusal, Reply, WireOperation, WireRequest } from './wire.ts';

/** The protocols whose requests are forms: `awsQuery`, and EC2's own variant. */
export interface QueryFlavor {
  readonly isEc2: boolean;
  readonly namespace: string;
}

/** A form as a tree: `A.B.1.C=x`. */
interface Node {
  text?: string;
  readonly children: Map<string, Node>;
}

const scalars = new FromStringShapeDeserializer({ timestampFormat: TIMESTAMPS, httpBindings: false });

export class QueryProtocol implements Protocol {
  readonly #flavor: QueryFlavor;
  readonly #answers = new WeakMap<WireOperation, StaticStructureSchema>();

  constructor(flavor: QueryFlavor) {
    this.#flavor = flavor;
  }

  operationOf(request: WireRequest): string {
    return parametersOf(request).get('Action') ?? '';
  }

  read(request: WireRequest, { input }: WireOperation): object {
    return (this.#value(input, treeOf(parametersOf(request))) ?? {}) as object;
  }

  write(output: object, operation: WireOperation, requestId: string): Reply {
    const serializer = new XmlShapeSerializer({
      ...{ timestampFormat: TIMESTAMPS, httpBindings: false },
      ...{ xmlNamespace: this.#flavor.namespace, serviceNamespace: operation.schema[1] },
    });
    const { name } = operation.operation;
    const answer = this.#flavor.isEc2
      ? { ...output, requestId }
      : { [`${name}Result`]: output, ResponseMetadata: { RequestId: requestId } };
    serializer.write(this.#answerSchema(operation), answer);
    return { status: 200, headers: XML_TYPE, body: `${XML_DECLARATION}${String(serializer.flush())}` };
  }

  writeRefusal({ code, message, status }: Refusal, requestId: string): Reply {
    const said = `<Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`;
    const type = status >= 500 ? 'Receiver' : 'Sender';
    const body = this.#flavor.isEc2
      ? `<Response><Errors><Error>${said}</Error></Errors><RequestID>${requestId}</RequestID></Response>`
      : `<ErrorResponse xmlns="${this.#flavor.namespace}"><Error><Type>${type}</Type>${said}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
    return { status, headers: XML_TYPE, body: `${XML_DECLARATION}${body}` };
  }

  /** EC2 puts the members of the answer into the response itself, the other services into a result inside. */
  #answerSchema(operation: WireOperation): StaticStructureSchema {
    const known = this.#answers.get(operation);
    if (known !== undefined) return known;
    const [, namespace, name, , , output] = operation.schema;
    const own = operation.output.isStructSchema()
      ? (operation.output.getSchema() as StaticStructureSchema)
      : undefined;
    const members: [string[], StaticStructureSchema[5]] = this.#flavor.isEc2
      ? [
          [...(own?.[4] ?? []), 'requestId'],
          [...(own?.[5] ?? []), 0],
        ]
      : [
          [...(own === undefined ? [] : [`${name}Result`]), 'ResponseMetadata'],
          [...(own === undefined ? [] : [output]), [3, namespace, 'ResponseMetadata', 0, ['RequestId'], [0]]],
        ];
    const schema: StaticStructureSchema = [3, namespace, `${name}Response`, 0, ...members];
    this.#answers.set(operation, schema);
    return schema;
  }

  #value(schema: NormalizedSchema, node: Node): unknown {
    if (schema.isStructSchema()) return this.#struct(schema, node);
    if (schema.isListSchema()) {
      return entriesOf(schema, node, this.#flavor).map((entry) =>
        this.#value(schema.getValueSchema(), entry),
      );
    }
    if (schema.isMapSchema()) return this.#map(schema, node);
    return node.text === undefined ? undefined : scalars.read(schema, node.text);
  }

  #struct(schema: NormalizedSchema, node: Node): object {
    const fields: Record<string, unknown> = {};
    for (const [name, member] of schema.structIterator()) {
      const child = node.children.get(this.#keyOf(name, member));
      if (child !== undefined) fields[name] = this.#value(member, child);
    }
    return fields;
  }

  #map(schema: NormalizedSchema, node: Node): object {
    const isFlat = schema.getMergedTraits().xmlFlattened !== undefined;
    const entries = numbered(isFlat ? node : (node.children.get('entry') ?? node));
    const [key, value] = [schema.getKeySchema(), schema.getValueSchema()];
    const [keyName, valueName] = [
      key.getMergedTraits().xmlName ?? 'key',
      value.getMergedTraits().xmlName ?? 'value',
    ];
    return Object.fromEntries(
      entries.map(({ children }) => {
        const given = children.get(valueName);
        return [children.get(keyName)?.text ?? '', given && this.#value(value, given)];
      }),
    );
  }

  #keyOf(name: string, member: NormalizedSchema): string {
    const { xmlName, ec2QueryName } = member.getMergedTraits();
    if (!this.#flavor.isEc2) return xmlName ?? name;
    const key = String(ec2QueryName ?? xmlName ?? name);
    return key.charAt(0).toUpperCase() + key.slice(1);
  }
}

/** In the body of a POST, or in the address of a GET, as of a presigned request. */
function parametersOf({ method, query, body }: WireRequest): URLSearchParams {
  return method === 'POST' ? new URLSearchParams(body.toString()) : query;
}

function treeOf(parameters: URLSearchParams): Node {
  const root: Node = { children: new Map() };
  for (const [name, text] of parameters) {
    let node = root;
    for (const part of name.split('.')) {
      const next = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, next);
      node = next;
    }
    node.text = text;
  }
  return root;
}

/** `Name.1` of a flat list, as all of EC2's are, or `Name.member.1`. An empty list is `Name=`. */
function entriesOf(schema: NormalizedSchema, node: Node, { isEc2 }: QueryFlavor): readonly Node[] {
  if (isEc2 || schema.getMergedTraits().xmlFlattened !== undefined) return numbered(node);
  const member = schema.getValueSchema().getMergedTraits().xmlName ?? 'member';
  return numbered(node.children.get(member) ?? node);
}

function numbered({ children }: Node): readonly Node[] {
  return [...children]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, child]) => child);
}
