import type { Fault } from "./fault/fault.ts";
import { faultNamed, faults } from "./fault/faults.ts";
import { operators } from "./model/operators.ts";

export interface Choice {
  readonly faults: readonly Fault[];
  readonly operators: readonly string[];
}

/** Faults and operators by their names, given as lists with commas; all without. Raises Error for a name that none has. */
export function chosen({
  only,
  operator,
}: {
  readonly only: string | undefined;
  readonly operator: string | undefined;
}): Choice {
  const known = operators.map(({ name }) => name);
  const named = operator?.split(",") ?? known;
  for (const name of named)
    if (!known.includes(name)) throw new Error(`there is no operator "${name}": ${known.join(", ")}`);
  return { faults: only?.split(",").map(faultNamed) ?? faults, operators: named };
}
