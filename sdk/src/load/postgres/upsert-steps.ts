import type { Chunk, EncodedContent } from "../loader.ts";
import { ChangedRows } from "./changed-rows.ts";
import { countedInsert } from "./insert-rows.ts";
import { STAGE, type Lane } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { NewRows } from "./new-rows.ts";
import type { ChunkSteps } from "./pipelined-loader.ts";
import type { ChunkMerge } from "./refused/load-in-parts.ts";
import { columnList, literal, quoted, type TargetColumn } from "./target-columns.ts";

export interface UpsertOptions {
  readonly key: readonly TargetColumn[];
  /** Says which of two rows with one key is the newer one; without it, the one that comes later. */
  readonly orderBy: TargetColumn | null;
  /** Holds a hash of each row: where it is the same, so is the row. */
  readonly hash: TargetColumn | null;
}

/** Each chunk is staged and merged; of several rows with one key the newest wins. */
export function upsertSteps(session: LoadSession, { key, orderBy, hash }: UpsertOptions): ChunkSteps {
  const keys = columnList(key);
  const options = { key, orderBy, hash };
  const all = mergeStatement(session, { ...options, rows: `SELECT ${session.columnList} FROM ${STAGE}` });
  const net = mergeStatement(session, { ...options, rows: newestOfEach(session, { ...options, from: STAGE }) });
  const fresh = new NewRows(session);
  const changed = hash && new ChangedRows(session, { key, hash });
  /** Chunks of which no row has been sent yet, as they are likely to go straight into the target. */
  const unsent = new WeakMap<Chunk, EncodedContent>();
  /** Different keys of chunks that are staged as a whole: counted while the chunk before is still being merged. */
  const keyCounts = new WeakMap<Chunk, number>();

  async function add(lane: Lane, { chunk, staged, counts }: ChunkMerge): Promise<boolean> {
    const copied = await fresh.copy(lane, unsent.get(chunk)!);
    if (copied === null) {
      unsent.delete(chunk);
      await lane.put(chunk, STAGE);
      return false;
    }
    counts.inserted += copied;
    changed?.learn(0, staged);
    return true;
  }

  async function countKeys({ client }: Lane): Promise<number> {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM (SELECT 1 FROM ${STAGE} GROUP BY ${keys}) keys`,
    );
    return rows[0]!.n;
  }

  async function stageAll(lane: Lane, chunk: Chunk): Promise<number> {
    const staged = await lane.put(chunk, STAGE);
    if (staged > 0) keyCounts.set(chunk, await countKeys(lane));
    return staged;
  }

  async function mergeStaged(lane: Lane, chunk: Chunk, staged: number) {
    const { client } = lane;
    if (staged === 0) return { rows: 0, inserted: 0, updated: 0, older: 0 };
    const rows = keyCounts.get(chunk) ?? (await countKeys(lane));
    if (rows !== staged && chunk.content.kind === "encoded") {
      await lane.freshStage();
      await lane.put(chunk, STAGE);
    }
    const merged = await client.query<{ inserted: number; updated: number; older: number }>(
      rows === staged ? all : net,
    );
    return { rows, ...merged.rows[0]! };
  }

  return {
    async prepare(lane) {
      await lane.createStage("DELETE ROWS");
      await fresh.prepare(lane);
      await changed?.prepare(lane);
    },
    async reset(lane) {
      await lane.freshStage();
      await changed?.reset(lane);
    },
    async stage(lane, chunk) {
      const { content } = chunk;
      unsent.delete(chunk);
      keyCounts.delete(chunk);
      if (content.kind === "query" || content.rows === 0) return await stageAll(lane, chunk);
      if (fresh.expected) unsent.set(chunk, content);
      else if (!(await changed?.stage(lane, chunk))) return await stageAll(lane, chunk);
      return content.rows;
    },
    adds: (chunk) => unsent.has(chunk) && fresh.mayFollow,
    add,
    async merge(lane, merge) {
      const { chunk, staged, counts } = merge;
      if (unsent.has(chunk) && (await add(lane, merge))) return;
      // Now that all before it is in the table, only what changed is sent.
      const sent = changed?.isStaged(chunk) ? await changed.send(lane, chunk, STAGE) : staged;
      const { rows, inserted, updated, older } = await mergeStaged(lane, chunk, sent);
      const unchanged = staged - sent + (rows - inserted - updated - older);
      counts.inserted += inserted;
      counts.updated += updated;
      counts.unchanged += unchanged;
      counts.superseded += sent - rows + older;
      changed?.learn(unchanged, staged);
      fresh.learn(inserted, staged);
    },
    tried: () => changed?.wrote(),
    rows: {
      key,
      newest: { keys, order: newestFirst(orderBy) },
      merge: (from) => netStatement(session, { ...options, from }),
      add: (from) => countedInsert(session, from),
    },
  };
}

interface MergeOptions extends UpsertOptions {
  /** A SELECT of the rows, each key once. */
  readonly rows: string;
}

type NetOptions = UpsertOptions & { readonly from: string };

/** A SELECT of the row of each key that wins; in a fresh stage the higher ctid is the later row. */
function newestOfEach({ columnList: names }: LoadSession, { key, orderBy, from }: NetOptions): string {
  const keys = columnList(key);
  return `SELECT DISTINCT ON (${keys}) ${names} FROM ${from} ORDER BY ${keys}, ${newestFirst(orderBy)}`;
}

function newestFirst(orderBy: TargetColumn | null): string {
  return orderBy === null ? "ctid DESC" : `${quoted(orderBy.name)} DESC NULLS LAST, ctid DESC`;
}

function mergeStatement(session: LoadSession, options: MergeOptions): string {
  return `WITH merged AS (${insertStatement(session, options)})
SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS updated,
  ${olderRows(session, options)} AS older FROM merged`;
}

/** The same for the newest row of each key, with what became of the others. */
function netStatement(session: LoadSession, options: NetOptions): string {
  const rows = `SELECT ${session.columnList} FROM net`;
  return `WITH net AS MATERIALIZED (${newestOfEach(session, options)}),
merged AS (${insertStatement(session, { ...options, rows })}),
outcome AS (SELECT count(*) FILTER (WHERE inserted)::int AS inserted, count(*) FILTER (WHERE NOT inserted)::int AS updated FROM merged),
given AS (SELECT (SELECT count(*)::int FROM ${options.from}) AS rows, (SELECT count(*)::int FROM net) AS keys, ${olderRows(session, { ...options, rows })} AS older)
SELECT inserted, updated, keys - inserted - updated - older AS unchanged, rows - keys + older AS superseded FROM outcome, given`;
}

/** SQL for how many rows the table has a newer one of. */
function olderRows({ target }: LoadSession, { key, orderBy, rows }: MergeOptions): string {
  if (orderBy === null) return "0";
  const same = key.map(({ name }) => `present.${quoted(name)} = given.${quoted(name)}`).join(" AND ");
  return `(SELECT count(*)::int FROM (${rows}) given JOIN ${target} present ON ${same} WHERE ${isOlder(orderBy, "given")})`;
}

/** SQL for a row being older than the one that is there. */
function isOlder({ name }: TargetColumn, row: string): string {
  const given = `${row}.${quoted(name)}`;
  const present = `present.${quoted(name)}`;
  return `(${given} < ${present} OR (${given} IS NULL AND ${present} IS NOT NULL))`;
}

function insertStatement(
  { target, columns, columnList: names }: LoadSession,
  { key, orderBy, hash, rows }: MergeOptions,
): string {
  const others = columns.filter((column) => !key.some(({ name }) => name === column.name));
  const set = others.map(({ name }) => `${quoted(name)} = excluded.${quoted(name)}`).join(", ");
  const compared = hash === null ? others : [hash];
  const row = (prefix: string) => `ROW(${compared.map((column) => comparable(column, prefix)).join(", ")})`;
  const newer = orderBy === null ? "" : ` AND NOT coalesce(${isOlder(orderBy, "excluded")}, false)`;
  const conflict =
    others.length === 0
      ? "DO NOTHING"
      : `DO UPDATE SET ${set} WHERE ${row("present.")} IS DISTINCT FROM ${row("excluded.")}${newer}`;
  return `INSERT INTO ${target} AS present (${names}) ${rows}
ON CONFLICT (${columnList(key)}) ${conflict}
RETURNING ${isNew(target, key)} AS inserted`;
}

/** SQL for a `present` row having been inserted, not updated: xmax is 0 then, but a row written through a partitioned table has none. */
function isNew(target: string, key: readonly TargetColumn[]): string {
  const same = key.map(({ name }) => `known.${quoted(name)} = present.${quoted(name)}`).join(" AND ");
  const isOneTable = `(SELECT relkind <> 'p' FROM pg_class WHERE oid = ${literal(target)}::regclass)`;
  return `CASE WHEN ${isOneTable} THEN xmax = 0 ELSE NOT EXISTS (SELECT FROM ${target} known WHERE ${same}) END`;
}

const WITHOUT_EQUALITY = /^(json|xml|point|polygon|line|lseg|path|box|circle)\b/;

/** json, xml and the geometric types have no equality (or a loose one): their text is compared. */
function comparable({ name, sqlType }: TargetColumn, prefix: string): string {
  return `${prefix}${quoted(name)}${WITHOUT_EQUALITY.test(sqlType) ? "::text" : ""}`;
}
