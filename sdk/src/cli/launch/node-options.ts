/**
 * For Node, where it runs an operator: room for what is new from the start, so that a short run collects no garbage, and not
 * so much that a long one takes a third more memory for it. `NODE_OPTIONS` may say otherwise. The same is in launcher.py.
 */
export function nodeOptions(env: NodeJS.ProcessEnv): readonly string[] {
  return env["NODE_OPTIONS"]?.includes("semi-space-size") ? [] : NODE_OPTIONS;
}

export const NODE_OPTIONS: readonly string[] = ["--min-semi-space-size=8", "--max-semi-space-size=16"];
