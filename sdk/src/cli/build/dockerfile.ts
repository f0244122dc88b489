import { NODE_OPTIONS } from "../launch/node-options.ts";

export interface DockerfileOptions {
  /** The project's. */
  readonly name: string;
  /** Packages with machine code are installed in the image. */
  readonly installs: boolean;
}

export const DOCKERIGNORE = "Dockerfile\n.dockerignore\nnode_modules\nbundles/*.v8\n";

/** An image that runs one operator as its container's command: `docker run IMAGE exec NAME`. */
export function dockerfile({ name, installs }: DockerfileOptions): string {
  return `# The operators of ${name}, made by \`millrace build\`.
# Data files are not in it: mount those that operators read below /app, or give their place as config.
#   docker build -t operators .
#   docker run -e DATABASE_URL -v "$PWD/data:/app/data:ro" operators exec NAME
FROM node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY . .
${installs ? "RUN npm install --omit=dev --no-audit --no-fund\n" : ""}# Compiled by the image's own Node, so that each container starts sooner; owned by root, which containers are not.
RUN ["node", "main.mjs", "compile"]
USER node
ENTRYPOINT ${JSON.stringify(["node", ...NODE_OPTIONS, "/app/main.mjs"]).replaceAll(",", ", ")}
CMD ["--help"]
`;
}
