import { defineConfig } from "@millrace/sdk";

export default defineConfig({ operators: "operators/*.ts" });
