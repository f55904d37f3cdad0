/** Parameters of a request, whatever protocol brought them. Nothing is `undefined` that was given, an empty text included. */
export interface Input {
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  flag(name: string): boolean | undefined;
  texts(name: string): readonly string[];
  groups(name: string): readonly Input[];
  group(name: string): Input;
  /** For the record of requests. */
  readonly plain: unknown;
}

interface Node {
  value?: string;
  readonly children: Map<string, Node>;
}

const emptyNode = (): Node => ({ children: new Map() });

/** `A.B.1.C=x` as a tree. */
function treeOf(parameters: URLSearchParams): Node {
  const root = emptyNode();
  for (const [name, value] of parameters) {
    let node = root;
    for (const part of name.split('.')) {
      const next = node.children.get(part) ?? emptyNode();
      node.children.set(part, next);
      node = next;
    }
    node.value = value;
  }
  return root;
}

/** Entries of a list: `Name.1` as EC2 writes them, or `Name.member.1` as the other services do. */
function entriesOf(node: Node | undefined): readonly Node[] {
  if (node === undefined) return [];
  const [only] = node.children.entries();
  if (only !== undefined && node.children.size === 1 && !/^\d+$/.test(only[0])) return entriesOf(only[1]);
  return [...node.children]
    .filter(([key]) => /^\d+$/.test(key))
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, child]) => child);
}

function plainOf(node: Node): unknown {
  if (node.children.size === 0) return node.value ?? '';
  return Object.fromEntries([...node.children].map(([key, child]) => [key, plainOf(child)]));
}

function flagOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === 'true';
}

function formInput(node: Node): Input {
  const text = (name: string) => node.children.get(name)?.value;
  return {
    text,
    number: (name) => (text(name) === undefined ? undefined : Number(text(name))),
    flag: (name) => flagOf(text(name)),
    texts: (name) => entriesOf(node.children.get(name)).map(({ value }) => value ?? ''),
    groups: (name) => entriesOf(node.children.get(name)).map(formInput),
    group: (name) => formInput(node.children.get(name) ?? emptyNode()),
    plain: plainOf(node),
  };
}

/** Of a body in the query protocols of EC2, RDS, STS and SNS. */
export function parseForm(body: string): Input {
  return formInput(treeOf(new URLSearchParams(body)));
}

function jsonInput(fields: Readonly<Record<string, unknown>>): Input {
  const list = (name: string): readonly unknown[] => {
    const value = fields[name];
    return Array.isArray(value) ? value : [];
  };
  const text = (name: string) => {
    const value = fields[name];
    return value === undefined || value === null ? undefined : String(value);
  };
  return {
    text,
    number: (name) => (text(name) === undefined ? undefined : Number(text(name))),
    flag: (name) => flagOf(text(name)),
    texts: (name) => list(name).map(String),
    groups: (name) => list(name).map((entry) => jsonInput(entry as Readonly<Record<string, unknown>>)),
    group: (name) => jsonInput((fields[name] ?? {}) as Readonly<Record<string, unknown>>),
    plain: fields,
  };
}

/** Of a body in the JSON protocols of SSM, KMS, Service Quotas and CloudWatch. */
export function parseJson(body: string): Input {
  return jsonInput(JSON.parse(body === '' ? '{}' : body) as Readonly<Record<string, unknown>>);
}
