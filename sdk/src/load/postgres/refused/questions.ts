import type pg from "pg";
import { Constraints, type ConstraintsOptions } from "./constraints.ts";
import { aboutConstraint, aboutValues, type Question } from "./question.ts";
import type { Refusal } from "./refusal.ts";

/** The questions that refusals have given rise to, which are asked of each chunk from then on. */
export class Questions {
  readonly #options: ConstraintsOptions;
  readonly #known = new Map<string, Question>();
  #constraints: Constraints | undefined;

  constructor(options: ConstraintsOptions) {
    this.#options = options;
  }

  /** In the order in which they are to be asked. */
  get known(): readonly Question[] {
    return [...this.#known.values()].toSorted((a, b) => a.rank - b.rank);
  }

  /** See `Constraints`. */
  get asGiven(): boolean {
    return this.#constraints?.asGiven ?? false;
  }

  columnsOf({ constraint }: Refusal): readonly string[] {
    return this.#constraints?.columnsOf(constraint) ?? [];
  }

  /** The question that tells which other rows would be refused so; null where there is none. It is known from then on. */
  async about(client: pg.Client, refusal: Refusal): Promise<Question | null> {
    this.#constraints ??= await Constraints.read(client, this.#options);
    const suspicion = this.#constraints.find(refusal);
    const question = suspicion
      ? aboutConstraint(suspicion, this.#known.size)
      : await this.#aboutValues(client, refusal);
    if (question === null) return null;
    if (!this.#known.has(question.name)) this.#known.set(question.name, question);
    return this.#known.get(question.name)!;
  }

  async #aboutValues(client: pg.Client, { column }: Refusal): Promise<Question | null> {
    if (column === null || !this.#options.columns.some(({ name }) => name === column)) return null;
    const { rows } = await client.query<{ type: string }>(
      `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute
WHERE attrelid = $1::regclass AND attname = $2 AND to_regprocedure('pg_input_is_valid(text, text)') IS NOT NULL`,
      [this.#options.target, column],
    );
    return rows[0] === undefined ? null : aboutValues(column, rows[0].type);
  }
}
