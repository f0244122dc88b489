import { runWorker } from "../measure/worker.ts";
import { operators } from "./operators.ts";

await runWorker(operators);
