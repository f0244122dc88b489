import { RecordError } from "../../errors/millrace-error.ts";
import { flatChange, type AnyChange } from "../../load/change.ts";
import { ChunkBuilder, type ChunkLimits } from "../../load/chunk-builder.ts";
import type { Chunk } from "../../load/loader.ts";
import type { LoadConnection } from "../../load/postgres/connection.ts";
import { chunkSteps } from "../../load/postgres/chunk-steps.ts";
import type { Lane } from "../../load/postgres/lane.ts";
import { LoadSession } from "../../load/postgres/load-session.ts";
import type { ChunkSteps } from "../../load/postgres/pipelined-loader.ts";
import { CarefulLoad } from "../../load/postgres/refused/careful-load.ts";
import { withinSavepoint } from "../../load/postgres/refused/savepoint.ts";
import { rowEncoding, type RowEncoding } from "../../load/postgres/row-encoding.ts";
import type { TargetColumn } from "../../load/postgres/target-columns.ts";
import type { TransactionsOptions } from "../../load/postgres/transactions.ts";
import type { RowOrigin } from "../../load/row-origins.ts";
import { addCounts, noCounts, type Counts } from "../../record/counts.ts";
import type { DeadLetter } from "../../record/dead-letter.ts";
import type { TextPolicy } from "../../record/text-policy.ts";
import type { RowSample } from "../partition-run.ts";
import { SAMPLE_ROWS } from "../read-chunks.ts";
import { rowLines, type RowLines } from "../row-lines.ts";
import type { AnyRunTarget } from "../target.ts";
import type { Stages, Staging } from "./stages.ts";

export interface Written {
  readonly counts: Counts;
  readonly deadLetters: readonly DeadLetter[];
  readonly sample: readonly RowSample[];
}

type Row = Readonly<Record<string, unknown>>;

/** All rows of a write are one chunk; room for more is made where it is needed. */
const LIMITS: ChunkLimits = { maxRows: Number.POSITIVE_INFINITY, maxBytes: 256 * 1024 };

/** Brings rows into one target, within whatever transaction it is given; what it has learnt of the table serves the next ones. */
export class TableWriter {
  readonly #target: AnyRunTarget;
  readonly #text: TextPolicy;
  readonly #transactions: TransactionsOptions;
  readonly #ways = new Map<string, Way>();
  #encoding: RowEncoding | undefined;

  constructor(target: AnyRunTarget, text: TextPolicy, transactions: TransactionsOptions) {
    this.#target = target;
    this.#text = text;
    this.#transactions = transactions;
  }

  async write(stages: Stages, rows: Iterable<Row>, origin: (row: number) => RowOrigin): Promise<Written> {
    const encoding = (this.#encoding ??= await rowEncoding(this.#target.table, this.#target.load, this.#text));
    const encoded = encode(rows, { encoding, origin });
    if (encoded === null) return { counts: noCounts(), deadLetters: [], sample: [] };
    const { lines, chunk, sample } = encoded;
    const { counts, deadLetters } = await this.#wayFor(lines.columns, encoding).load(stages, chunk);
    return { counts, deadLetters: [...chunk.deadLetters, ...deadLetters], sample };
  }

  #wayFor(columns: readonly TargetColumn[], encoding: RowEncoding): Way {
    const names = columns.map(({ name }) => name).join("\0");
    const known = this.#ways.get(names);
    if (known !== undefined) return known;
    const { table, load } = this.#target;
    const session = new LoadSession({ ...this.#transactions, table, columns });
    const way = new Way(session, chunkSteps(session, load, encoding.changes));
    this.#ways.set(names, way);
    return way;
  }
}

/** How rows with certain columns come into a target. */
class Way implements Staging {
  readonly #session: LoadSession;
  readonly #steps: ChunkSteps;
  readonly #careful: CarefulLoad;

  constructor(session: LoadSession, steps: ChunkSteps) {
    this.#session = session;
    this.#steps = steps;
    this.#careful = new CarefulLoad(session, steps);
  }

  async prepare(connection: LoadConnection): Promise<Lane> {
    const lane = this.#session.laneOn(connection);
    await this.#steps.prepare?.(lane);
    await this.#careful.prepare(lane);
    return lane;
  }

  /** Plainly, and where the server refuses a row, so that the others are loaded. */
  async load(stages: Stages, chunk: Chunk): Promise<Pick<Written, "counts" | "deadLetters">> {
    const lane = await stages.laneFor(this);
    await this.#steps.reset?.(lane);
    const counts = noCounts();
    addCounts(counts, chunk.counts);
    const refusal = await withinSavepoint(lane.client, async () => {
      const staged = await this.#steps.stage(lane, chunk);
      await this.#steps.merge(lane, { chunk, staged, counts });
    });
    if (refusal === null) return { counts, deadLetters: [] };
    await this.#steps.reset?.(lane);
    return await this.#careful.load(lane, chunk, { turn: async () => {}, refusal });
  }
}

interface EncodeOptions {
  readonly encoding: RowEncoding;
  readonly origin: (row: number) => RowOrigin;
}

/** The rows as a chunk, those that can not be encoded as dead letters; null where there are none. */
function encode(
  rows: Iterable<Row>,
  { encoding, origin }: EncodeOptions,
): { readonly lines: RowLines; readonly chunk: Chunk; readonly sample: readonly RowSample[] } | null {
  const builder = new ChunkBuilder(LIMITS, { position: 0 });
  builder.startBatch({ record: (row) => origin(row).record, position: (row) => origin(row).position });
  const sample: RowSample[] = [];
  let lines: RowLines | undefined;
  let index = 0;
  for (const row of rows) {
    lines ??= rowLines(row, { encoding, within: null });
    const before = encoding.repair?.repaired;
    try {
      lines.add(row, builder.rows);
      builder.countRow(index);
      if (encoding.repair?.repaired !== before) builder.countRepaired();
      if (sample.length < SAMPLE_ROWS)
        sample.push(encoding.changes === null ? row : flatChange(row as unknown as AnyChange));
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      builder.addDeadLetter({ ...error.rejection, ...origin(index) });
    }
    index += 1;
  }
  return lines === undefined ? null : { lines, sample, chunk: builder.take(true) };
}
