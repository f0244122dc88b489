import type { LoadOperator } from "@millrace/sdk";
import partitioned from "./partitioned.ts";

/** Another operator that loads the same table. */
const twin: LoadOperator = { ...partitioned, name: "partitioned_twin" };
export default twin;
