import type { LoadOperator } from "@millrace/sdk";
import replaced from "./replaced.ts";

/** Another operator that loads the same table. */
const twin: LoadOperator = { ...replaced, name: "replaced_twin" };
export default twin;
