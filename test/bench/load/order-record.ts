import { text } from "@millrace/sdk";
import { z } from "zod";

export const config = z.object({ file: z.string() });

export const orderRecord = z.object({
  id: text.integer(),
  customer_id: text.integer(),
  created_at: text.timestamp(),
  status: z.enum(["new", "paid", "sent", "done"]),
  amount: text.decimal(),
  quantity: text.integer(),
  email: z.string().nullable(),
  note: z.string().nullable(),
});

/** A row of the table. */
export const orderRow = (order: z.infer<typeof orderRecord>) => ({
  id: order.id,
  customerId: order.customer_id,
  createdAt: order.created_at,
  status: order.status,
  amount: order.amount,
  quantity: order.quantity,
  email: order.email,
  note: order.note,
});
