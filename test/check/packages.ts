import { execa } from "execa";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Result } from "./result.ts";

const published = ["sdk", "operators", "create-millrace"];

/** Packs what would be published and looks at it as those who install it will: what `tsc -b` has built, nothing else. */
export async function checkPackages(repository: string): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "packages-"));
  const all = { cwd: repository, preferLocal: true, reject: false, all: true } as const;
  try {
    const packed = await Promise.all(
      published.map((name) =>
        execa("pnpm", ["pack", "--pack-destination", folder], { ...all, cwd: join(repository, name) }),
      ),
    );
    const tarballs = (await readdir(folder)).map((name) => join(folder, name));
    const looked = await Promise.all(
      tarballs.flatMap((tarball) => [
        execa("publint", ["run", tarball, "--strict"], all),
        execa("attw", [tarball, "--profile", "esm-only", "--no-color"], all),
      ]),
    );
    const failed = [...packed, ...looked].filter(({ exitCode }) => exitCode !== 0);
    return {
      ok: failed.length === 0 && tarballs.length === published.length,
      output: failed.map((one) => one.all).join("\n"),
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
