import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { SQL } from "drizzle-orm";
import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import type { Json } from "../../host/host.ts";
import { databaseError } from "../../load/postgres/database-error.ts";
import { DATABASE_RETRY, databaseMayRecover } from "../../load/postgres/database-retry.ts";
import { backoffMs, retryPolicy } from "../../retry/retry-policy.ts";
import type { Lines, OpenOptions, RecordSource } from "../source.ts";
import { CopyBlock, type PostgresRecord } from "./copy-block.ts";
import { fieldOfLine } from "./copy-lines.ts";
import { copyOut } from "./copy-out.ts";
import { upperBound, type UpperBound } from "./horizon.ts";
import { describeRelation, relationName, type Relation, type RelationInput } from "./relation.ts";
import { segments, withoutPlace, type Segment, type Window } from "./segments.ts";
import { connectSource, sourceUri } from "./source-connection.ts";
import { cursorOf, mayRepeat, orderedBy, type OrderedBy, type Watermark } from "./watermark.ts";

export interface PostgresTableOptions {
  /** Default: all columns. */
  readonly columns?: readonly string[];
  /** Reads only what is new or changed since the last run; without it all rows are read, in no order. */
  readonly watermark?: Watermark;
  /** Columns that tell rows with an equal watermark apart. Default: the table's primary key. */
  readonly key?: string | readonly string[];
  /** The rows of a partition alone, by a column of times or, for a named partition, of its key. */
  readonly window?: Window;
  /** A condition: sql`status <> 'draft'`. */
  readonly where?: SQL;
}

/**
 * A table, view or SELECT of a PostgreSQL server as a source, which need not be the target's: `database` is the name of an
 * environment variable with its URL, or the URL itself. Values come as PostgreSQL writes them, exact to the last digit, times
 * in UTC; `tableRecord` makes rows of them, and where the target has the same types they are not looked at in between. All is read
 * by COPY from one snapshot, and no more of it is held in memory than two blocks.
 *
 * With a watermark, a run reads from where the last one ended (see `watermark`); one whose connection is lost goes on behind
 * what was read.
 *
 * Raises FatalError SOURCE_URL_MISSING, SOURCE_TABLE, WATERMARK, HORIZON, CURSOR_FOREIGN, and what PostgreSQL says.
 */
export function postgresTable(
  database: string,
  relation: RelationInput,
  options: PostgresTableOptions = {},
): RecordSource<PostgresRecord> {
  const reader = new PostgresReader(database, relation, options);
  const { watermark } = options;
  return {
    kind: "records",
    get uri() {
      return reader.uri;
    },
    local: false,
    ...(watermark !== undefined && { resumes: "cursor", repeats: mayRepeat(watermark) }),
    // Rows may have changed whenever one looks.
    fingerprint: async () => randomUUID(),
    async *open(open) {
      for await (const block of reader.read(open)) yield block.batch();
    },
    async *openFields(open) {
      for await (const block of reader.read(open)) yield block.fields();
    },
    lines: { connect: (signal) => reader.connect(signal) },
  };
}

interface ReadOptions extends Pick<OpenOptions, "signal" | "checkpoint"> {
  /** Default: all that the source gives. */
  readonly names?: readonly string[];
  /** A connection that has been made already. */
  readonly connected?: Connected;
}

/** A connection to the source, and what is found there. */
interface Connected extends AsyncDisposable {
  readonly client: pg.Client;
  readonly relation: Relation;
  readonly order: OrderedBy | null;
}

class PostgresReader {
  readonly #database: string;
  readonly #input: RelationInput;
  readonly #options: PostgresTableOptions;

  constructor(database: string, input: RelationInput, options: PostgresTableOptions) {
    this.#database = database;
    this.#input = input;
    this.#options = options;
  }

  get uri(): string {
    return sourceUri(this.#database, relationName(this.#input));
  }

  /** The connection is closed with what was read on it, or unread. */
  async connect(signal: AbortSignal): Promise<Lines> {
    const connected = await this.#connect(signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw databaseError(error);
    });
    const { relation, order } = connected;
    const names = this.#options.columns ?? relation.columns.map(({ name }) => name);
    return {
      columns: relation.columns
        .filter(({ name }) => names.includes(name))
        .map(({ name, type, notNull }) => ({ name, sqlType: type, notNull })),
      needed: order === null ? [] : order.columns.map(({ name }) => name),
      open: (open) => this.read({ ...open, connected }),
      [Symbol.asyncDispose]: () => connected[Symbol.asyncDispose](),
    };
  }

  /** All blocks, over several connections where they are lost. */
  async *read({ signal, checkpoint = null, names, connected }: ReadOptions): AsyncIterable<CopyBlock> {
    const policy = retryPolicy(DATABASE_RETRY);
    let cursor = checkpoint;
    let bound: UpperBound | null | undefined;
    let again = true;
    let first = connected;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await using connection = first ?? (await this.#connect(signal));
        first = undefined;
        const { client, relation, order } = connection;
        bound ??= order === null ? null : await upperBound(client, { relation, order, signal });
        for await (const block of this.#readOnce(client, { relation, order, bound, cursor, again, names })) {
          yield block;
          signal.throwIfAborted();
          if (block.cursor === undefined) continue;
          [cursor, attempt] = [block.cursor, 1];
        }
        return;
      } catch (error) {
        signal.throwIfAborted();
        const goesOn = this.#options.watermark !== undefined && databaseMayRecover(error);
        if (!goesOn || attempt >= policy.maxAttempts) throw databaseError(error);
        again = cursor === checkpoint;
        await delay(Math.random() * backoffMs(policy, attempt), undefined, { signal });
      }
    }
  }

  /** Raises what `connectSource`, `describeRelation` and `orderedBy` do. */
  async #connect(signal: AbortSignal): Promise<Connected> {
    await using stack = new AsyncDisposableStack();
    const { client } = stack.use(await connectSource(this.#database, { name: relationName(this.#input), signal }));
    const relation = await describeRelation(client, this.#input);
    const order = this.#order(relation);
    const kept = stack.move();
    return { client, relation, order, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }

  async *#readOnce(client: pg.Client, run: RunOptions): AsyncIterable<CopyBlock> {
    const { relation, order, bound, cursor, again } = run;
    const { where, window, columns = relation.columns.map(({ name }) => name) } = this.#options;
    const needed = order?.columns.map(({ name }) => name) ?? [];
    const names = run.names ?? [...columns, ...needed.filter((name) => !columns.includes(name))];
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    await requirePlaces(client, withoutPlace({ relation, where, window, order }));
    for (const segment of segments({ relation, names, where, window, order, bound, cursor, again })) {
      yield* this.#readSegment(client, segment, { names, order });
    }
    await client.query("COMMIT");
  }

  async *#readSegment(
    client: pg.Client,
    { statement, cursor }: Segment,
    { names, order }: { readonly names: readonly string[]; readonly order: OrderedBy | null },
  ): AsyncIterable<CopyBlock> {
    const places = order?.columns.map(({ name }) => names.indexOf(name)) ?? [];
    for await (const rows of copyOut(client, statement)) {
      const last = rows.rowCount - 1;
      const start = last === 0 ? 0 : rows.ends[last - 1]!;
      const values = () => places.map((index) => fieldOfLine(rows.bytes, start, { index, end: rows.ends[last]! })!);
      yield new CopyBlock({
        rows,
        names,
        uri: this.uri,
        cursor: order === null ? undefined : (cursor ?? cursorOf(order, values())),
      });
    }
  }

  #order(relation: Relation): OrderedBy | null {
    const { watermark, key } = this.#options;
    if (watermark === undefined) return null;
    return orderedBy(watermark, key === undefined ? null : typeof key === "string" ? [key] : key, relation);
  }
}

interface RunOptions {
  readonly relation: Relation;
  readonly order: OrderedBy | null;
  readonly bound: UpperBound | null;
  readonly cursor: Json | null;
  readonly again: boolean;
  readonly names: readonly string[] | undefined;
}

/** A row without a watermark would never be read. */
async function requirePlaces(client: pg.Client, question: string | null): Promise<void> {
  if (question === null) return;
  const { rows } = await client.query<{ some: boolean }>(question);
  if (!rows[0]!.some) return;
  throw new FatalError("WATERMARK", "Rows of the source have no watermark (null), so that they would never be read", {
    fix: "Fill the column and make it NOT NULL, or leave such rows out with `where`",
  });
}
