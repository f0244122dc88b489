import type { Command } from "commander";
import { addCommand } from "./add.ts";
import { backfillCommand } from "./backfill.ts";
import { buildCommand } from "./build.ts";
import { checkCommand } from "./check.ts";
import { checkpointsCommand } from "./checkpoints.ts";
import type { CommandContext } from "./command-context.ts";
import { devCommand } from "./dev.ts";
import { doctorCommand } from "./doctor.ts";
import { execCommand } from "./exec.ts";
import { failuresCommand } from "./failures.ts";
import { initCommand } from "./init.ts";
import { listCommand } from "./list.ts";
import { manifestCommand } from "./manifest.ts";
import { peekCommand } from "./peek.ts";
import { planCommand } from "./plan.ts";
import { runCommand } from "./run.ts";
import { runsCommand } from "./runs.ts";
import { showCommand } from "./show.ts";

/** All commands, in the order in which help lists them. */
export const commands: readonly ((context: CommandContext) => Command)[] = [
  initCommand,
  addCommand,
  devCommand,
  listCommand,
  showCommand,
  runCommand,
  backfillCommand,
  failuresCommand,
  checkpointsCommand,
  runsCommand,
  peekCommand,
  planCommand,
  checkCommand,
  doctorCommand,
  buildCommand,
  manifestCommand,
  execCommand,
];
