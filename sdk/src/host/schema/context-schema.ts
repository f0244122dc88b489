import { z } from "zod";

const bounds = z.strictObject({ start: z.string(), end: z.string() });

const provenance = z.object({
  code_version: z.string(),
  input_data_versions: z.record(z.string(), z.string()),
  is_user_provided: z.boolean(),
});

/** The context: what a launcher tells a process. Keys that do not apply are null or left out. */
export const context = z
  .object({
    run_id: z.string().describe("The scheduler's run."),
    job_name: z.string().nullish(),
    retry_number: z.int().min(0).nullish().describe("0, the default, for the first attempt."),
    asset_keys: z
      .array(z.string())
      .nullish()
      .describe("The assets to materialize, parts joined by `/`; `/` and `\\` inside a part are escaped with `\\`."),
    code_version_by_asset_key: z.record(z.string(), z.string().nullable()).nullish(),
    provenance_by_asset_key: z
      .record(z.string(), provenance.nullable())
      .nullish()
      .describe("What each asset's last materialization was made from."),
    partition_key: z
      .string()
      .nullish()
      .describe("The only partition; its dimensions' keys, in the order of their names, joined by `|`."),
    partition_key_range: bounds.nullish().describe("First and last partition, both included."),
    partition_time_window: bounds.nullish().describe("The time of the partitions: ISO 8601 with offset, half open."),
    extras: z
      .looseObject({
        config: z.record(z.string(), z.json()).nullish().describe("The operator's configuration."),
        partition_keys: z
          .array(z.string().min(1))
          .min(1)
          .nullish()
          .describe(
            "The partitions to run, in this order, each once; wins over partition_key and partition_key_range.",
          ),
        progress: z.boolean().nullish().describe("Whether custom messages shall say how far each partition is."),
        log_partitions: z
          .boolean()
          .nullish()
          .describe("False where no log message is to say of each of several partitions that all of it was taken."),
      })
      .nullish(),
  })
  .meta({ title: "Context", description: "What a launcher tells a process." });
