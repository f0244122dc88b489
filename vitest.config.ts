import { defineConfig } from "vitest/config";

const project = (name: string, folder: string) => ({
  extends: true as const,
  test: { name, root: folder, include: ["test/**/*.test.ts"] },
});

export default defineConfig({
  test: {
    // What starts real servers and processes takes its time on a small or busy machine; nothing is asserted about it.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      project("sdk", "sdk"),
      project("operators", "operators"),
      project("example-project", "example-project"),
      { extends: true, test: { name: "test", root: "test", include: ["**/*.test.ts"], exclude: ["bench/**", "output/**"] } },
    ],
  },
});
