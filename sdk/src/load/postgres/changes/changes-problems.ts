import type { ApplyChanges } from "../../strategy.ts";
import { isSequenceType } from "./sequence.ts";

/** What of a strategy's columns can not be what it takes them for. */
export function changesProblems(
  { key, sequence, softDelete }: ApplyChanges,
  nullable: (column: string) => boolean,
): string[] {
  const problems: string[] = [];
  const type = sequence.getSQLType();
  if (!isSequenceType(type))
    problems.push(`column "${sequence.name}" is ${type}, which can not be compared as a sequence`);
  const names = [...key.map(({ name }) => name), sequence.name, ...(softDelete === null ? [] : [softDelete.name])];
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0)
    problems.push(`column "${twice.join('", "')}" can not be several of key, sequence and softDelete`);
  if (softDelete === null) return problems;
  if (!/^(timestamp|date)\b/.test(softDelete.getSQLType()))
    problems.push(`column "${softDelete.name}" is ${softDelete.getSQLType()}, and softDelete needs a timestamp`);
  if (softDelete.notNull || !nullable(softDelete.name))
    problems.push(`column "${softDelete.name}" takes no null, which says that a row is not deleted`);
  return problems;
}
