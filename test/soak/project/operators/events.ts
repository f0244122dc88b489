import { defineOperator, postgresTable, tableRecord, upsert, watermark } from "@millrace/sdk";
import { config } from "../items.ts";
import { events } from "../tables.ts";

export default defineOperator({
  name: "events",
  config,
  extract: () => postgresTable(process.env["DATABASE_URL"]!, "source_events", { watermark: watermark("at") }),
  record: tableRecord(events),
  target: events,
  load: upsert({ key: events.id }),
});
