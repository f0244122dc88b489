import pg from "pg";
import { copyRows, type RowPieces } from "../copy.ts";
import { asRefusal, type Refusal } from "./refusal.ts";

const NAME = "millrace";
const BACK = `ROLLBACK TO ${NAME}; RELEASE ${NAME}`;

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
  await client.query(`SAVEPOINT ${NAME}`);
  try {
    await work();
    await client.query(`SET CONSTRAINTS ALL IMMEDIATE; RELEASE ${NAME}`);
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query(BACK);
    return error;
  }
}

/** Does `work` within a savepoint and goes back to it, also where the server refuses something. Raises what it did not say. */
export async function undone(client: pg.Client, work: () => Promise<void>): Promise<void> {
  await client.query(`SAVEPOINT ${NAME}`);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
  }
  await client.query(BACK);
}

/** Copies rows likewise, with one message back and forth in place of three: how many there were, or what was refused. */
export async function copyWithinSavepoint(
  client: pg.Client,
  into: string,
  rows: Buffer | RowPieces,
): Promise<number | Refusal> {
  try {
    return await copyRows(client, into, rows, { savepoint: NAME });
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === null) throw error;
    await client.query(BACK);
    return refusal;
  }
}
