import { text } from "@millrace/sdk";
import { z } from "zod";

/** The folder of the files, where the operator is launched. */
export const config = z.object({ folder: z.string() });

export const item = z.object({
  id: text.integer(),
  day: text.date(),
  amount: text.decimal().nullable(),
  note: z.string().nullable(),
});
