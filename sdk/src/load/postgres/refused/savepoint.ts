import pg from "pg";
import { asRefusal, type Refusal } from "./refusal.ts";

/**
 * Does `work` within a savepoint, constraints that wait for the commit included. Returns what the server refused, after
 * going back to the savepoint; null where it took everything. Raises every other error.
 */
export async function withinSavepoint(client: pg.Client, work: () => Promise<void>): Promise<Refusal | null> {
  const error = await attempt(client, work);
  if (error === null) return null;
  const refusal = asRefusal(error);
  if (refusal === null) throw error;
  return refusal;
}

/** Likewise, but returns whatever the server says; raises only what it did not say. */
export async function attempt(client: pg.Client, work: () => Promise<void>): Promise<pg.DatabaseError | null> {
  await client.query("SAVEPOINT millrace");
  try {
    await work();
    await client.query("SET CONSTRAINTS ALL IMMEDIATE; RELEASE millrace");
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query("ROLLBACK TO millrace; RELEASE millrace");
    return error;
  }
}
