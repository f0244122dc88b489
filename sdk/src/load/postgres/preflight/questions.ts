import type pg from "pg";

/** A connection that is asked. Of one that pipelines, questions that do not wait for each other take one round trip. */
export type Questions = Pick<pg.ClientBase, "query">;
