import type pg from "pg";
import { FatalError } from "../../errors/millrace-error.ts";
import { changingColumns } from "./differing-rows.ts";
import { foreignKeysThatAct } from "./foreign-keys.ts";
import { STAGE } from "./lane.ts";
import type { LoadSession } from "./load-session.ts";
import { withinSavepoint } from "./refused/savepoint.ts";
import type { RowIdentity } from "./row-identity.ts";
import { columnList } from "./target-columns.ts";

export interface UpdateDifferenceOptions {
  readonly identity: RowIdentity;
  /** The table of the difference, quoted. */
  readonly difference: string;
  /** SQL for the `present` row of the target being the one that a line `d` of the difference says. */
  readonly isPresent: string;
  readonly values: readonly string[];
}

/**
 * Updates the rows whose key the stage has and that have changed: a row that foreign keys point to is not deleted because of
 * that, and keeps what the source does not give. Returns how many; null, and nothing is updated, where the server refuses one:
 * rows that exchange a unique value can not be updated one by one, and have to be deleted and inserted.
 * Raises FatalError REPLACE_REFERENCED where that would reach into other tables.
 */
export async function updateDifference(
  client: pg.Client,
  session: LoadSession,
  { identity, difference, isPresent, values }: UpdateDifferenceOptions,
): Promise<number | null> {
  const { target } = session;
  const columns = changingColumns(session, identity);
  let updated = 0;
  const refusal = await withinSavepoint(client, async () => {
    const { rowCount } = await client.query(
      `UPDATE ${target} AS present SET (${columnList(columns)}) = ROW(${columnList(columns, "wanted.")})
FROM ${difference} d, ${STAGE} wanted WHERE ${isPresent} AND wanted.ctid = d.wanted`,
      [...values],
    );
    updated = rowCount ?? 0;
  });
  if (refusal === null) return updated;
  const names = await foreignKeysThatAct(client, target);
  if (names.length === 0) return null;
  throw new FatalError(
    "REPLACE_REFERENCED",
    `Rows of ${target} can not be updated (${refusal.message}), and not be deleted and inserted again either: the foreign key ${names.join(", ")} forbids or follows that`,
    {
      fix: "Mend the source, or make the foreign key ON DELETE NO ACTION; where rows exchange a unique value, make its constraint DEFERRABLE",
      details: { foreignKeys: names },
    },
  );
}
