import type pg from "pg";
import { asRefusal, type Refusal } from "./refusal.ts";

/**
 * Does `work` within a savepoint, constraints that wait for the commit included. Returns what the server refused, after
 * going back to the savepoint; null where it took everything. Raises every other error.
 */
export async function withinSavepoint(client: pg.Client, work: () => Promise<void>): Promise<Refusal | null> {
  await client.query("SAVEPOINT millrace");
  try {
    await work();
    await client.query("SET CONSTRAINTS ALL IMMEDIATE; RELEASE millrace");
    return null;
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === null) throw error;
    await client.query("ROLLBACK TO millrace; RELEASE millrace");
    return refusal;
  }
}
