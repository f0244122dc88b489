// Starts a server on the directory named, says where it is, and dies without stopping it.
import { startPostgres } from "@millrace/sdk/testing";

const server = await startPostgres({ directory: process.argv[2] ?? "" });
process.stdout.write(server.url, () => process.kill(process.pid, "SIGKILL"));
