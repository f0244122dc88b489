import { noCounts, type Counts } from "../../../record/counts.ts";
import type { DeadLetter } from "../../../record/dead-letter.ts";
import { addChunkCounts, type Chunk, type EncodedContent } from "../../loader.ts";
import { copyRows } from "../copy.ts";
import { STAGE, type Lane } from "../lane.ts";
import type { LoadSession } from "../load-session.ts";
import { CarefulMerge, refusedRows, type RowsMerge } from "./careful-merge.ts";
import { rowsWithSameKeys } from "./cut-columns.ts";
import { loadPart, type PartOptions, type PartSteps, type Turns } from "./load-in-parts.ts";
import { inParts, pickRows, rowsLeft, type Rows } from "./parts.ts";
import { Questions } from "./questions.ts";
import { refuseAhead } from "./refuse-ahead.ts";
import { asRefusal, rejectionOf, type Refusal } from "./refusal.ts";
import { attempt, withinSavepoint } from "./savepoint.ts";
import { tryRows } from "./try-rows.ts";

export interface CarefulSteps extends PartSteps {
  /** The same as SQL on the stage: then rows are tried in the server, else at several round trips each. */
  readonly rows?: RowsMerge;
  /** Called when rows were merged by that. */
  tried?(): void;
}

export interface CarefulOptions extends Turns {
  /** To be called where nothing that the chunk still does in the target waits for rows of others. */
  readonly rowsIn?: () => void;
  /** What the chunk was refused with as a whole. */
  readonly refusal: Refusal | null;
}

export interface CarefullyLoaded {
  readonly counts: Counts;
  /** The numbers of the rows that were refused. */
  readonly refused: ReadonlySet<number>;
  readonly deadLetters: readonly DeadLetter[];
}

/**
 * Loads chunks in which the server refuses rows: those become dead letters, the others are loaded. What a refusal is about
 * is asked about all rows at once, in each chunk from then on; only suspects are tried one by one, after the others.
 */
export class CarefulLoad {
  readonly #session: LoadSession;
  readonly #steps: CarefulSteps;
  readonly #questions: Questions;
  #expected = false;

  constructor(session: LoadSession, steps: CarefulSteps) {
    const { target, columns } = session;
    this.#session = session;
    this.#steps = steps;
    this.#questions = new Questions({ target, columns, key: steps.rows?.key ?? null });
  }

  /** The last chunk had rows that were refused: the next one had better be loaded so from the start. */
  get expected(): boolean {
    return this.#expected;
  }

  /** Before the transaction. */
  async prepare(lane: Lane): Promise<void> {
    if (this.#steps.rows !== undefined) await lane.createStage("DELETE ROWS");
  }

  /** Within the lane's transaction. Raises what a SELECT in place of rows is refused with. */
  async load(lane: Lane, chunk: Chunk, options: CarefulOptions): Promise<CarefullyLoaded> {
    const counts = noCounts();
    // As text: where a column's type is not what it was declared to be any more, that alone is no row's fault.
    const content = chunk.content.kind === "query" ? chunk.content : { ...chunk.content, plain: false };
    let letters: DeadLetter[];
    let refused: ReadonlyMap<number, Refusal> = new Map();
    if (content.kind === "query") {
      letters = await this.#loadQuery(lane, chunk, { ...options, counts });
    } else {
      addChunkCounts(counts, chunk, content.rows);
      refused = await this.#loadRows(lane, { ...options, chunk, content, steps: this.#steps, counts });
      const inOrder = [...refused].toSorted(([a], [b]) => a - b);
      const rejection = (why: Refusal) => rejectionOf(why, this.#session.columns, this.#questions.columnsOf(why));
      letters = inOrder.map(([row, why]) => ({ ...rejection(why), ...content.origins.of(row) }));
    }
    this.#expected = letters.length > 0;
    counts.rejected += letters.length;
    return { counts, refused: new Set(refused.keys()), deadLetters: letters };
  }

  async #loadRows(lane: Lane, options: PartOptions & CarefulOptions): Promise<ReadonlyMap<number, Refusal>> {
    const { client } = lane;
    const { content, turn } = options;
    const refused = new Map<number, Refusal>();
    const suspects = new Set<number>();
    /** Those of them that are sure to be refused, if they are looked at. */
    const sure = new Set<number>();
    const asked = new Set<string>();
    for (let { refusal } = options; ;) {
      const question = refusal && (await this.#questions.about(client, refusal));
      if (refusal !== null && (question === null || asked.has(question.name))) {
        await this.#try(lane, rowsLeft(content, refused), { ...options, refused, alone: false });
        return refused;
      }
      refusal = null;
      for (const { name, late, sure: isSure, ask } of this.#questions.known) {
        if (asked.has(name) || refusal !== null) continue;
        if (late) await turn();
        // Where the server does not answer (a table that may not be read), the rows will be tried.
        refusal = asRefusal(
          await attempt(client, async () => {
            const answer = await ask(client, {
              content,
              rows: rowsLeft(content, refused, suspects),
              columns: this.#session.columns,
              target: this.#session.target,
            });
            for (const [row, why] of answer.refused) refused.set(row, why);
            for (const row of answer.suspects) suspects.add(row);
            if (isSure) for (const row of answer.suspects) sure.add(row);
          }),
        );
        if (refusal === null) asked.add(name);
      }
      if (refusal !== null) continue;
      const single = this.#addSameKeys(content, suspects);
      await this.#refuseAhead(lane, content, { rows: single.filter((row) => sure.delete(row)), suspects, refused });
      refusal = await loadPart(lane, rowsLeft(content, refused, suspects), options);
      if (refusal === null) break;
    }
    const apart = [...suspects].filter((row) => !refused.has(row)).toSorted((a, b) => a - b);
    if (apart.length > 0) await this.#try(lane, apart, { ...options, refused, alone: true });
    else options.rowsIn?.();
    return refused;
  }

  /** Which of the rows with one key wins depends on which are refused: they are tried in their order. Returns the suspects that are alone with theirs. */
  #addSameKeys(content: EncodedContent, suspects: Set<number>): Rows {
    const key = this.#steps.rows?.key;
    if (key == null || suspects.size === 0) return [...suspects];
    const places = this.#session.columns.flatMap(({ name }, place) =>
      key.some((part) => part.name === name) ? [place] : [],
    );
    const same = rowsWithSameKeys(content, { suspects: [...suspects], places });
    for (const row of same.rows) suspects.add(row);
    return same.single;
  }

  async #refuseAhead(lane: Lane, content: EncodedContent, { rows, suspects, refused }: AheadOptions): Promise<void> {
    const add = this.#steps.rows?.add;
    if (add === undefined || rows.length === 0 || !this.#questions.asGiven) return;
    const { columnList } = this.#session;
    const ahead = await refuseAhead(lane, { content, rows: rows.toSorted((a, b) => a - b), columnList, add });
    for (const [row, why] of ahead) {
      refused.set(row, why);
      suspects.delete(row);
    }
  }

  /** Tries rows alone, or in parts that are halved. */
  async #try(lane: Lane, rows: Rows, options: TryOptions): Promise<void> {
    const inServer = await this.#tryInServer(lane, rows, options);
    if (inServer) return;
    const bring = async (part: Rows) => {
      await this.#steps.reset?.(lane);
      return await loadPart(lane, part, options);
    };
    await inParts(rows, bring, options);
  }

  async #tryInServer(lane: Lane, rows: Rows, { content, counts, refused, alone, turn }: TryOptions): Promise<boolean> {
    const merge = this.#steps.rows;
    if (merge === undefined) return false;
    const { client } = lane;
    const { columnList } = this.#session;
    const untaken = await withinSavepoint(client, async () => {
      await lane.freshStage();
      await copyRows(client, `${STAGE} (${columnList})`, pickRows(content, rows));
    });
    if (untaken !== null) return false;
    await turn();
    const tried = await tryRows(client, counts, {
      merge: (from) => merge.merge(from),
      columnList,
      table: STAGE,
      tids: `SELECT ctid FROM ${STAGE}`,
      alone,
      newest: merge.newest ?? null,
    });
    this.#steps.tried?.();
    for (const refusal of tried) refused.set(rows[refusal.place]!, refusal);
    return true;
  }

  /** Rows that the server computes are asked about where they are. */
  async #loadQuery(
    lane: Lane,
    chunk: Chunk,
    { turn, counts }: { readonly turn: () => Promise<void>; readonly counts: Counts },
  ): Promise<DeadLetter[]> {
    const { client } = lane;
    const { target, columns, columnList } = this.#session;
    const { rows } = this.#steps;
    if (rows === undefined) throw new TypeError("only a merge that is SQL can tell the rows of a query apart");
    await lane.freshStage();
    addChunkCounts(counts, chunk, await lane.put(chunk, STAGE));
    await turn();
    const merge = new CarefulMerge({ target, columns, columnList, rows });
    const tried = await merge.merge(client, STAGE, counts);
    const refused = await refusedRows(client, tried, { table: STAGE, columnList, order: "ctid", among: STAGE });
    const rejection = (refusal: Refusal) => rejectionOf(refusal, columns, merge.columnsOf(refusal));
    return refused.map((refusal) => ({
      ...rejection(refusal),
      record: refusal.record,
      position: { source: "query", line: null, byteOffset: null },
    }));
  }
}

interface AheadOptions {
  readonly rows: Rows;
  readonly suspects: Set<number>;
  readonly refused: Map<number, Refusal>;
}

interface TryOptions extends PartOptions {
  readonly refused: Map<number, Refusal>;
  readonly alone: boolean;
}
