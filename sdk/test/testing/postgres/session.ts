import pg from "pg";

/** Runs one statement in a session of its own and returns the first column of its rows. */
export async function ask(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  // The query's own rejection tells of a lost connection; the event of the same name must not go unheard.
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query({ text: statement, rowMode: "array" });
    return rows.map(([first]) => first);
  } finally {
    await client.end();
  }
}

/** Whether there is a process with this pid. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
