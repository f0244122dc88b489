import { deepEqual, equal, ok } from "node:assert/strict";
import type { TestFunctions } from "../describe-checkpoint-store.ts";
import type { PostgresServer } from "../postgres/postgres-server.ts";
import { KILL_POINTS } from "./kill-point.ts";
import { createDatabase, makeFolder, runOn, type TestOperatorOptions } from "./test-operator.ts";
import { prepare, readContent, type TestContent } from "./test-database.ts";

export interface DescribeOperatorOptions extends Pick<
  TestOperatorOptions,
  "migrations" | "sql" | "files" | "config" | "partition" | "chunkRows"
> {
  /** The URL of its file: it is run in processes of its own, which are killed. */
  readonly operator: URL;
  /** Each run has a database of its own on it. */
  readonly server: PostgresServer;
  /** Columns that are not the same each time: times of loading, numbers of a sequence. */
  readonly ignoreColumns?: readonly string[];
}

/**
 * What any operator must hold, tried on given records: `describeOperator({ operator, server, … }, { test })`. Two records
 * are committed at a time, unless `chunkRows` says otherwise, so a handful of them make several chunks.
 */
export function describeOperator(options: DescribeOperatorOptions, { test }: TestFunctions): void {
  const { operator, server, migrations, sql, files, ignoreColumns = [], chunkRows = 2, ...given } = options;
  const name = operator.pathname.slice(operator.pathname.lastIndexOf("/") + 1).replace(/\.\w+$/, "");
  const check = (what: string, run: () => Promise<void>) => test(`${name} ${what}`, run);
  /** A database and files, for some runs one after the other. */
  const open = async () => {
    const url = await createDatabase(server);
    await prepare(url, { migrations, sql });
    const folder = await makeFolder(files);
    return { url, folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  };
  type Place = Awaited<ReturnType<typeof open>>;
  const run = ({ url, folder }: Place, more: Partial<TestOperatorOptions> = {}) =>
    runOn(operator, { ...given, chunkRows, ...more, databaseUrl: url, folder: folder.path });
  const succeed = async (place: Place) => {
    const done = await run(place);
    equal(done.error, null, done.error?.message);
    return done;
  };
  const runAlone = async () => {
    await using place = await open();
    return { before: await readContent(place.url), done: await succeed(place) };
  };
  let once: ReturnType<typeof runAlone> | undefined;
  /** A run that nothing disturbs; all others are to come to the same. */
  const undisturbed = () => (once ??= runAlone());
  const same = async (content: TestContent, what: string) => {
    const { done } = await undisturbed();
    deepEqual(comparable(content, ignoreColumns), comparable(done, ignoreColumns), what);
  };

  check("accounts for each record that it reads, and the rows in its tables are those that it says", async () => {
    const { before, done } = await undisturbed();
    const count = (outcome: string) => Number(done.metadata[outcome] ?? 0);
    const sum = OUTCOMES.reduce((total, outcome) => total + count(outcome), 0);
    equal(sum, count("read"), `${count("read")} records were read and ${sum} accounted for`);
    if (count("deleted") > 0) return; // of which some may not have been there
    const rows = (content: TestContent) =>
      done.targets.reduce((total, table) => total + (content.rows[table.replace(/^public\./, "")]?.length ?? 0), 0);
    equal(
      rows(done) - rows(before),
      count("inserted") - count("removed"),
      "the rows that came into its tables are not those that it says it inserted",
    );
  });

  check("keeps a dead letter of each record that it rejects", async () => {
    const { done } = await undisturbed();
    equal(done.deadLetters.length, Number(done.metadata["rejected"] ?? 0));
  });

  check("comes to the same when it is run again", async () => {
    await using place = await open();
    await succeed(place);
    await same(await succeed(place), "a second run left something else than the first one");
  });

  for (const point of KILL_POINTS) {
    check(`killed ${point.replaceAll("-", " ")} and run again comes to what it comes to undisturbed`, async () => {
      await using place = await open();
      const { killed, error } = await run(place, { killAt: point });
      equal(error, null, error?.message);
      // With few records there is no second commit; without a first one it was never put to the test.
      ok(
        killed || point === "before-second-commit",
        `it never got there: nothing of it is committed with a checkpoint`,
      );
      await same(await succeed(place), "what it left is not what an undisturbed run leaves");
    });
  }

  check("keeps nothing of a dry run", async () => {
    await using place = await open();
    const before = await readContent(place.url);
    const { error, rows, deadLetters } = await run(place, { dryRun: true });
    if (error !== null && !error.message.startsWith("[DRY_RUN_UNSUPPORTED]")) equal(error.message, null);
    deepEqual({ rows, deadLetters }, before, "a dry run left something");
    if (error === null) await same(await succeed(place), "a run after a dry run comes to something else");
  });

  check("run twice at the same time comes to what one run comes to", async () => {
    await using place = await open();
    const both = await Promise.all([run(place), run(place)]);
    const errors = both.flatMap(({ error }) => error?.message ?? []);
    ok(errors.length < 2, `both failed: ${errors.join("; ")}`);
    await same(await readContent(place.url), "two runs at once left something else");
  });
}

const OUTCOMES = ["inserted", "updated", "unchanged", "deleted", "filtered", "superseded", "rejected"] as const;

/** Without what differs from run to run: columns that are said to, and the folder that dead letters come from. */
function comparable({ rows, deadLetters }: TestContent, ignored: readonly string[]) {
  return {
    rows: Object.fromEntries(
      Object.entries(rows).map(([table, content]) => [
        table,
        content.map((row) => without(row, ignored)).toSorted(byText),
      ]),
    ),
    deadLetters: deadLetters.map((letter) => without(letter, ["source"])),
  };
}

function without(row: object, columns: readonly string[]) {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)));
}

function byText(one: object, other: object): number {
  const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}
