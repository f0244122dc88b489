/** What our launchers give Node: see `nodeOptions` of the sdk's. */
export const NODE_OPTIONS: readonly string[] = ["--min-semi-space-size=8", "--max-semi-space-size=16"];
