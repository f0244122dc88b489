import fc from "fast-check";
import { faultNamed } from "../fault/faults.ts";
import { operators } from "../model/operators.ts";
import { SOURCES } from "../model/records.ts";
import type { Sequence, Step } from "./sequence.ts";

/** A load that nothing disturbs sends about as many messages: the first of them before it begins. */
const MESSAGES = 190;
const BEGIN = 50;
/** And so many COMMITs of rows, where it commits by chunk. */
const COMMITS = 6;

export interface SequenceOptions {
  /** Names of the faults that may strike. */
  readonly faults: readonly string[];
  /** Names of the operators; all by default. */
  readonly operators?: readonly string[];
  readonly maxSteps: number;
}

/** Sequences; what they are shrunk to has few steps, no fault where none is needed, and strikes early. */
export function anySequence({
  faults,
  maxSteps,
  operators: names = operators.map(({ name }) => name),
}: SequenceOptions): fc.Arbitrary<Sequence> {
  const source = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(SOURCES - 1) });
  const message = (min: number, max: number) =>
    fc.record({ instant: fc.constant("message" as const), at: fc.integer({ min, max }) });
  const commit = fc.record({ instant: fc.constant("commit" as const), at: fc.integer({ min: 1, max: COMMITS }) });
  const step: fc.Arbitrary<Step> = fc
    .record({
      source,
      day: fc.nat(3),
      fault: anyOf([{ name: "none" }, ...faults.map(faultNamed)]),
      delivered: fc.boolean(),
      other: source,
      when: fc.oneof(
        { weight: 4, arbitrary: message(BEGIN, MESSAGES) },
        { weight: 1, arbitrary: message(1, BEGIN) },
        // Where it matters most whether something has reached the server.
        { weight: 2, arbitrary: commit },
      ),
    })
    .map(({ when, ...others }) => ({ ...others, ...when }));
  return fc.record({
    operator: anyOf(operators.filter(({ name }) => names.includes(name))),
    prepared: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.boolean() }),
    steps: fc.array(step, { minLength: 1, maxLength: maxSteps, size: "max" }),
  });
}

/** A name, each as often as it is to be drawn; the first is what it is shrunk to. */
function anyOf(named: readonly { readonly name: string; readonly weight?: number }[]): fc.Arbitrary<string> {
  return fc.constantFrom(...named.flatMap(({ name, weight = 1 }) => Array<string>(weight).fill(name)));
}
