import { Command } from "commander";

/** For help: it is run without this program, since schedulers start it often. */
export function execCommand(): Command {
  return new Command("exec")
    .argument("<name>")
    .description("run one operator for the launcher in the environment: what a scheduler starts")
    .option("--project <dir>", "the project's folder", ".")
    .option("--partition <key...>", "without a launcher: the partitions")
    .option("--config <field=value...>", "without a launcher: the operator's config")
    .addHelpText("after", "\nExample:\n  $ millrace exec flights --partition 2013-01-01");
}
