import { databaseError } from "../../load/postgres/database-error.ts";
import { databaseUrl } from "../../load/postgres/database-url.ts";
import type { StateDatabase } from "../../state/ledger.ts";
import { openState } from "../../state/open-state.ts";

/** Does something with the state in the target database. Raises what `databaseError` makes of the database's errors. */
export async function withState<T>(work: (db: StateDatabase) => Promise<T>): Promise<T> {
  const url = databaseUrl(process.env);
  try {
    await using state = await openState(url);
    return await work(state.db);
  } catch (error) {
    throw databaseError(error, url);
  }
}
