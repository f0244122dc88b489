import pg from "pg";

const SAVEPOINT = "millrace_dry";
const TEMPORARY = /CREATE TEMPORARY TABLE (\w+) ON COMMIT DELETE ROWS/g;

/**
 * Lets transactions on this client be savepoints of one that is open: to whoever uses it they begin, commit and roll back as
 * ever, temporary tables that are emptied by a commit included. One transaction at a time.
 */
export function makeDry(client: pg.Client): void {
  const query = client.query.bind(client) as unknown as (config: unknown, ...rest: unknown[]) => Promise<unknown>;
  let emptied = new Set<string>();
  let before = emptied;
  const dry = async (config: unknown, ...rest: unknown[]): Promise<unknown> => {
    switch (statementOf(config)) {
      case "BEGIN":
        before = new Set(emptied);
        return await query(`SAVEPOINT ${SAVEPOINT}`);
      case "COMMIT": {
        // Constraints that wait for a commit are checked by it, as they would be.
        await query("SET CONSTRAINTS ALL IMMEDIATE");
        const result = await query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
        await query("SET CONSTRAINTS ALL DEFERRED");
        if (emptied.size > 0) await query(`TRUNCATE ${[...emptied].map((name) => `pg_temp.${name}`).join(", ")}`);
        return { ...(result as object), command: "COMMIT" };
      }
      case "ROLLBACK":
        emptied = before;
        return await query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}; RELEASE SAVEPOINT ${SAVEPOINT}`);
      default:
        for (const [, name] of textOf(config).matchAll(TEMPORARY)) emptied.add(name!);
        return await query(config, ...rest);
    }
  };
  // A stream is submitted at once, and is what is returned.
  client.query = ((config: unknown, ...rest: unknown[]) =>
    isSubmittable(config) ? query(config, ...rest) : dry(config, ...rest)) as typeof client.query;
}

function isSubmittable(config: unknown): boolean {
  return typeof (config as { readonly submit?: unknown } | null)?.submit === "function";
}

function textOf(config: unknown): string {
  return typeof config === "string" ? config : String((config as { readonly text?: unknown } | null)?.text ?? "");
}

function statementOf(config: unknown): string {
  return textOf(config).trim().toUpperCase();
}
