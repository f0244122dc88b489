export interface CreateProjectOptions {
  /** Must not be there yet, or be empty. */
  readonly directory: string;
  /** What package.json asks for as `@millrace/sdk`; this package's version by default. */
  readonly sdk?: string | undefined;
  /** What the Python projects ask for as `millrace`, e.g. a wheel's URL; this package's version by default. */
  readonly python?: string | undefined;
}

export interface CreatedProject {
  readonly name: string;
  /** From the directory, in order. */
  readonly files: readonly string[];
}

/** Writes a new project. Raises Error where the directory has something in it already. */
export function createProject(options: CreateProjectOptions): Promise<CreatedProject>;
