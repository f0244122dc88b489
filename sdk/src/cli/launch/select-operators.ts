import { UsageError } from "../command-error.ts";

interface Node {
  readonly name: string;
  /** Names; those that are no operators of the project do not matter here. */
  readonly dependsOn: readonly string[];
}

/**
 * The names that a selection means, in the order of their dependencies: `a,b`; `a+` with all downstream of it, `+a` with all
 * upstream of it. Raises UsageError OPERATOR_UNKNOWN, DEPENDENCY_CYCLE.
 */
export function selectOperators(nodes: readonly Node[], selection: string | null): string[] {
  const order = inOrder(nodes);
  if (selection === null) return order;
  const chosen = new Set<string>();
  for (const part of selection.split(",").map((text) => text.trim())) {
    const [, up, name = "", down] = /^(\+?)(.*?)(\+?)$/.exec(part)!;
    if (!order.includes(name)) {
      throw new UsageError("OPERATOR_UNKNOWN", `There is no operator "${name}"`, {
        fix: `Choose from ${order.join(", ")}`,
      });
    }
    chosen.add(name);
    if (up)
      for (const each of reach(name, (of) => nodes.find((node) => node.name === of)?.dependsOn ?? [])) chosen.add(each);
    if (down) for (const each of reach(name, (of) => dependants(nodes, of))) chosen.add(each);
  }
  return order.filter((name) => chosen.has(name));
}

function dependants(nodes: readonly Node[], name: string): string[] {
  return nodes.filter(({ dependsOn }) => dependsOn.includes(name)).map((node) => node.name);
}

function reach(start: string, next: (name: string) => readonly string[]): Set<string> {
  const reached = new Set<string>();
  const open = [start];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const other of next(name)) {
      if (reached.has(other)) continue;
      reached.add(other);
      open.push(other);
    }
  }
  return reached;
}

function inOrder(nodes: readonly Node[]): string[] {
  const names = new Set(nodes.map(({ name }) => name));
  const order: string[] = [];
  let left = [...nodes];
  while (left.length > 0) {
    const ready = left.filter(({ dependsOn }) => dependsOn.every((name) => !names.has(name) || order.includes(name)));
    if (ready.length === 0) {
      throw new UsageError(
        "DEPENDENCY_CYCLE",
        `${left.map(({ name }) => name).join(", ")} depend on each other in a circle`,
        { fix: "Take one `dependsOn` out" },
      );
    }
    order.push(...ready.map(({ name }) => name));
    left = left.filter((node) => !ready.includes(node));
  }
  return order;
}
