import type pg from "pg";
import { quoted } from "../target-columns.ts";
import type { Privilege } from "./table-facts.ts";

export interface PrivilegesOf {
  /** `TABLE "public"."orders"`, `SEQUENCE …`. */
  readonly object: string;
  /** Quoted; the privileges are on the column alone. */
  readonly column?: string;
  readonly owner: string;
}

/** Makes the privileges on an object those that another one has, each by the leave of whom it was there. */
export async function setPrivileges(
  client: pg.Client,
  of: PrivilegesOf,
  { from, to }: { readonly from: readonly Privilege[]; readonly to: readonly Privilege[] },
): Promise<void> {
  if (JSON.stringify(from) === JSON.stringify(to)) return;
  const column = of.column === undefined ? "" : ` (${of.column})`;
  for (const grantee of new Set(from.map((privilege) => privilege.grantee))) {
    await client.query(`REVOKE ALL${column} ON ${of.object} FROM ${grantee} CASCADE`);
  }
  // Whoever was allowed to grant has to have been granted it before.
  const pending = [...to];
  const granted: Privilege[] = [];
  const mayGrant = ({ grantor, privilege }: Privilege) =>
    grantor === of.owner ||
    granted.some((before) => before.grantable && before.grantee === grantor && before.privilege === privilege);
  for (let ready = pending.filter(mayGrant); ready.length > 0; ready = pending.filter(mayGrant)) {
    for (const privilege of ready) {
      await grant(client, of.object, { ...privilege, column, owner: of.owner });
      granted.push(privilege);
      pending.splice(pending.indexOf(privilege), 1);
    }
  }
}

async function grant(
  client: pg.Client,
  object: string,
  {
    grantor,
    grantee,
    privilege,
    grantable,
    column,
    owner,
  }: Privilege & { readonly column: string; readonly owner: string },
): Promise<void> {
  const other = grantor !== owner;
  if (other) await client.query(`SET LOCAL ROLE ${grantor}`);
  await client.query(`GRANT ${privilege}${column} ON ${object} TO ${grantee}${grantable ? " WITH GRANT OPTION" : ""}`);
  if (other) await client.query("RESET ROLE");
}

/** A table or sequence for GRANT and REVOKE. */
export function grantObject(
  kind: "TABLE" | "SEQUENCE",
  { schema, name }: { readonly schema: string; readonly name: string },
): string {
  return `${kind} ${quoted(schema)}.${quoted(name)}`;
}
