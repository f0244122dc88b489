import { pgSchema, text } from "drizzle-orm/pg-core";
import { orderColumns } from "../../load/tables.ts";

export { customers, orders } from "../../load/tables.ts";
/** The same, with a hash of each row. */
export const hashedOrders = pgSchema("hashed").table("orders", { ...orderColumns(), rowHash: text("row_hash") });
