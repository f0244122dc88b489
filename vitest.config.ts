import { fileURLToPath } from "node:url";
import { configDefaults, defineConfig } from "vitest/config";

const project = (name: string, folder: string) => ({
  extends: true as const,
  test: { name, root: folder, include: ["test/**/*.test.ts"] },
});

export default defineConfig({
  test: {
    globalSetup: fileURLToPath(new URL("test/run/temporary-folder.ts", import.meta.url)),
    // What starts real servers and processes takes its time on a small or busy machine; nothing is asserted about it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // They mostly wait for those, so that a worker for every core pays even where there are two.
    maxWorkers: "100%",
    projects: [
      project("sdk", "sdk"),
      {
        extends: true,
        test: {
          // What loads, on the oldest PostgreSQL as well; `sdk` runs on the newest.
          name: "sdk on PostgreSQL 14",
          root: "sdk",
          include: [
            "test/operator/{strategies,refused,refused-limits,preflight,replace,swap,apply-changes,unique-swaps}.test.ts",
            "test/operator/{cursor/cursor,run-form/*}.test.ts",
          ],
          env: { MILLRACE_TEST_POSTGRES: "14" },
        },
      },
      project("operators", "operators"),
      project("example-project", "example-project"),
      {
        extends: true,
        test: {
          name: "test",
          root: "test",
          include: ["**/*.test.ts"],
          exclude: [...configDefaults.exclude, "bench/**", "output/**"],
        },
      },
    ],
  },
});
