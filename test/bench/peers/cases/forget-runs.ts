import type { Bench } from "../bench.ts";

/** What Millrace knows of earlier runs goes, as for a partition that was never loaded. */
export async function forgetRuns({ sql }: Bench): Promise<void> {
  await sql.unsafe(`DO $$ DECLARE names text; BEGIN
    SELECT string_agg(format('millrace.%I', tablename), ', ') INTO names FROM pg_tables
      WHERE schemaname = 'millrace' AND tablename <> 'migrations';
    IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names; END IF; END $$`);
}
