import { drizzle } from "drizzle-orm/node-postgres";
import type { LoadConnection } from "../load/postgres/connection.ts";
import { writeDeadLetters } from "../load/postgres/dead-letter-writer.ts";
import type { DeadLetter } from "../record/dead-letter.ts";
import { checkEpoch, supersedeDeadLetters, type Attempt } from "../state/ledger.ts";

/** A run that fails keeps the dead letters of what it could not commit: they say why. */
export async function keepDeadLetters(
  open: () => Promise<LoadConnection>,
  attempt: Attempt,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  await using connection = await open();
  const { client } = connection;
  await client.query("BEGIN");
  const tx = drizzle(client);
  await checkEpoch(tx, attempt);
  await supersedeDeadLetters(tx, attempt, "uncommitted");
  await writeDeadLetters(client, attempt, letters, "uncommitted");
  await client.query("COMMIT");
}
