import type { AnyStateMachine } from 'xstate';

interface Node {
  readonly key: string;
  readonly type: string;
  readonly initial: { readonly target: readonly { readonly key: string }[] };
  readonly states: Readonly<Record<string, Node>>;
  readonly path: readonly string[];
  readonly transitions: ReadonlyMap<string, readonly Edge[]>;
  readonly always?: readonly Edge[];
}

interface Edge {
  readonly eventType: string;
  readonly target?: readonly Node[] | undefined;
  readonly guard?: unknown;
}

function nameOf(node: Node): string {
  return node.path.join('_') || 'root';
}

/** `xstate.after.nextCheck.resource.working.warming` is `after nextCheck` to people; eventless ones show their guard. */
function labelOf(edge: Edge): string {
  const guard = edge.guard as string | { type: string; params?: object } | undefined;
  const named =
    typeof guard === 'object' ? [guard.type, ...Object.values(guard.params ?? {})].join(' ') : guard;
  const condition = named === undefined ? '' : ` [${named}]`;
  const timer = /^xstate\.after\.([^.]+)\./.exec(edge.eventType)?.[1];
  const event = timer === undefined ? edge.eventType : `after ${timer}`;
  return `${event}${condition}`.trim();
}

function edgesOf(node: Node): readonly string[] {
  const edges = [...[...node.transitions.values()].flat(), ...(node.always ?? [])];
  return edges.flatMap((edge) =>
    (edge.target ?? []).map((target) => `${nameOf(node)} --> ${nameOf(target)} : ${labelOf(edge)}`),
  );
}

function drawStates(node: Node, indent: string): string[] {
  const lines: string[] = [];
  const children = Object.values(node.states);
  children.forEach((child, index) => {
    if (node.type === 'parallel' && index > 0) lines.push(`${indent}--`);
    if (Object.keys(child.states).length === 0)
      lines.push(`${indent}state "${child.key}" as ${nameOf(child)}`);
    else
      lines.push(
        `${indent}state "${child.key}" as ${nameOf(child)} {`,
        ...drawStates(child, `${indent}  `),
        `${indent}}`,
      );
    if (child.type === 'final') lines.push(`${indent}${nameOf(child)} --> [*]`);
  });
  const [initial] = node.type === 'compound' ? node.initial.target : [];
  if (initial !== undefined) lines.push(`${indent}[*] --> ${nameOf(initial as Node)}`);
  for (const child of children) lines.push(...edgesOf(child).map((edge) => `${indent}${edge}`));
  return lines;
}

/** What the root reacts to in every state, drawn from each of its states that it leads out of. */
function rootEdges(root: Node): readonly string[] {
  const edges = [...root.transitions.values()].flat();
  return edges.flatMap((edge) =>
    (edge.target ?? []).flatMap((target) =>
      Object.values(root.states)
        .filter((state) => state.path[0] !== target.path[0])
        .map((state) => `  ${nameOf(state)} --> ${nameOf(target)} : ${labelOf(edge)}`),
    ),
  );
}

/**
 * A Mermaid state diagram of a machine. Transitions that stay inside a state (taking in answers) are left out.
 *
 * @example drawMachine(resourceMachine).startsWith('stateDiagram-v2') // true
 */
export function drawMachine(machine: AnyStateMachine): string {
  const root = machine.root as unknown as Node;
  return ['stateDiagram-v2', ...drawStates(root, '  '), ...rootEdges(root)].join('\n');
}
