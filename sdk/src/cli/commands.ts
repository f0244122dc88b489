import { createManifest } from "../operator/manifest.ts";
import { findOperator } from "../operator/project.ts";
import { bundlePlace, type BundlePlace } from "./bundle/current.mjs";
import { makeBundle, untouched } from "./bundle/make-bundle.ts";
import { exec } from "./exec.ts";
import { run as runCommand, type Commands } from "./run.ts";

/**
 * Runs a command from the sources as they are, and makes the bundle from which the next one is run.
 * `failure` says why a bundle that is there can not be loaded.
 */
export async function run(args: readonly string[], failure?: unknown): Promise<number> {
  const place = bundlePlace(args);
  const bundled = place && failure === undefined ? await untouched(place) : undefined;
  if (bundled) return await bundled(args);
  if (!FOR_SCHEDULERS.has(args[0] ?? "")) return await (await import("./program.ts")).runProgram(args);
  return await runCommand(args, { exec: (options) => execFromSources(options, place, failure), manifest });
}

/** What schedulers start, often: nothing that only people need is loaded for it. */
const FOR_SCHEDULERS = new Set(["exec", "manifest"]);

async function execFromSources(
  options: Parameters<Commands["exec"]>[0],
  place: BundlePlace | undefined,
  failure: unknown,
): Promise<number> {
  let making: Promise<string | undefined> | undefined;
  const find = async () => {
    const { operator, file } = await findOperator(options.project, options.name);
    // While the operator waits for its database.
    if (place) making = failure === undefined ? makeBundle(place, file) : Promise.resolve(reason(failure));
    return operator;
  };
  const code = await exec({ ...options, find });
  const why = await making;
  if (why !== undefined) {
    process.stderr.write(
      `[BUNDLE] ${options.name} starts from its sources, which takes long: no bundle of it can be used, because ${why}. MILLRACE_BUNDLE=off says that this is as it should be.\n`,
    );
  }
  return code;
}

function reason(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

async function manifest(project: string): Promise<number> {
  process.stdout.write(`${JSON.stringify(await createManifest(project))}\n`);
  return 0;
}
