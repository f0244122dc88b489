import type { Operator } from "../../operator/operator.ts";
import { loadOperators } from "../../operator/project.ts";
import { parseFields } from "../config-fields.ts";
import { parseConfig } from "../../operator/config.ts";
import type { PartitionOutcome } from "../launch/partition-outcomes.ts";
import { selectOperators } from "../launch/select-operators.ts";
import { watchedRun } from "../launch/watched-run.ts";
import { allWell, troubles } from "../output/outcomes.ts";
import type { Output } from "../output/output.ts";
import { openProject, type CommandContext } from "./command-context.ts";
import { askedKeys } from "./partition-options.ts";
import type { RunOptions } from "./run-options.ts";

type Status = "pending" | "running" | "success" | "failed" | "skipped";

interface Task {
  readonly operator: Operator;
  readonly keys: readonly string[] | null;
  readonly after: readonly string[];
  status: Status;
  /** Progress while it runs; then what there is to say of it. */
  note: string;
  outcomes: readonly PartitionOutcome[];
}

/** Runs operators in the order of their dependencies, independent ones side by side; what is downstream of a failure is skipped. */
export async function runSeveral(options: RunOptions, { signal, setExitCode }: CommandContext): Promise<void> {
  const { project, output } = openProject(options);
  const operators = [...(await loadOperators(project)).values()].map(({ operator }) => operator);
  const names = selectOperators(operators, options.select ?? null);
  const config = parseFields(options.config ?? []);
  const tasks = names.map((name): Task => {
    const operator = operators.find((each) => each.name === name)!;
    const keys = operator.partitions === undefined ? null : askedKeys(operator, options);
    parseConfig(operator, configOf(operator, config)); // before anything is run
    const after = operator.dependsOn.filter((other) => names.includes(other));
    return { operator, keys, after, status: "pending", note: "", outcomes: [] };
  });

  const running = new Set<Promise<void>>();
  const run = async (task: Task) => {
    const { operator, keys } = task;
    const of = configOf(operator, config);
    const draw = (note: string) => {
      task.note = note;
      output.draw(statusTable(tasks, output));
    };
    task.status = "running";
    draw("");
    task.outcomes = await watchedRun({
      name: operator.name,
      project,
      partitions: keys,
      config: of,
      signal,
      output,
      onProgress: (progress) => draw(String(progress)),
    });
    task.status = allWell(task.outcomes) ? "success" : "failed";
    draw(sum(task.outcomes));
  };
  for (;;) {
    for (const task of tasks) settle(task, tasks);
    const ready = signal.aborted ? [] : tasks.filter((task) => task.status === "pending" && isReady(task, tasks));
    for (const task of ready.slice(0, options.parallel - running.size)) {
      const work: Promise<void> = run(task).finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  for (const task of tasks.filter(({ status }) => status === "pending")) task.status = "skipped";
  if (tasks.some(({ status }) => status !== "success")) setExitCode(1);
  output.result(
    tasks.map(({ operator, status, note, outcomes }) => ({
      operator: operator.name,
      status,
      note,
      partitions: outcomes,
    })),
    () =>
      [statusTable(tasks, output), ...tasks.map(({ outcomes }) => troubles(outcomes, output))]
        .filter(Boolean)
        .join("\n"),
  );
}

/** A field is given to each operator that has it. */
function configOf(
  { config: schema }: Operator,
  fields: ReturnType<typeof parseFields>,
): ReturnType<typeof parseFields> {
  const known = Object.keys(schema?.shape ?? {});
  return Object.fromEntries(Object.entries(fields).filter(([name]) => known.includes(name)));
}

function find(tasks: readonly Task[], name: string): Task {
  return tasks.find(({ operator }) => operator.name === name)!;
}

function isReady({ after }: Task, tasks: readonly Task[]): boolean {
  return after.every((name) => find(tasks, name).status === "success");
}

function settle(task: Task, tasks: readonly Task[]): void {
  const broken = task.after.find((name) => ["failed", "skipped"].includes(find(tasks, name).status));
  if (task.status !== "pending" || broken === undefined) return;
  task.status = "skipped";
  task.note = `${broken} ${find(tasks, broken).status === "failed" ? "failed" : "was skipped"}`;
}

const STYLES = { pending: "dim", running: "cyan", success: "green", failed: "red", skipped: "yellow" } as const;

function statusTable(tasks: readonly Task[], output: Output): string {
  return output.table(
    ["operator", "partitions", "status", ""],
    tasks.map(({ operator, keys, status, note }) => [
      operator.name,
      keys === null ? "" : String(keys.length),
      output.style(STYLES[status], status),
      note,
    ]),
  );
}

function sum(outcomes: readonly PartitionOutcome[]): string {
  const total = (name: string) => outcomes.reduce((all, { facts }) => all + Number(facts[name] ?? 0), 0);
  const failed = outcomes.filter(({ status }) => status === "failed").length;
  const words = ["read", "inserted", "updated", "unchanged", "removed", "rejected"]
    .filter((name) => name === "read" || total(name) > 0)
    .map((name) => `${total(name)} ${name}`);
  return [...words, ...(failed > 0 && outcomes.length > 1 ? [`${failed} partitions failed`] : [])].join(", ");
}
