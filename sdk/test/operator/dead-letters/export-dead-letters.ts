import { exportDeadLetters } from "@millrace/sdk";

// In a process of its own, so that its memory can be limited.
const [databaseUrl = "", directory = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await exportDeadLetters({ databaseUrl, directory })));
