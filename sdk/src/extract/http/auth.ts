import { FatalError } from "../../errors/millrace-error.ts";

/** Who we are to a server. Values are names of environment variables: a secret stands in no file, log or checkpoint. */
export type HttpAuth =
  /** `Authorization: Bearer …`. */
  | { readonly bearer: string }
  /** `Authorization: Basic …`. */
  | { readonly basic: { readonly user: string; readonly password: string } }
  /** A header of the server's own, such as `X-Api-Key`. */
  | { readonly header: string; readonly env: string };

/** The header that carries the login. Raises FatalError ENV_MISSING, naming the variable. */
export function authHeaders(auth: HttpAuth | undefined, env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  if (auth === undefined) return {};
  if ("bearer" in auth) return { authorization: `Bearer ${secret(auth.bearer, env)}` };
  if ("header" in auth) return { [auth.header.toLowerCase()]: secret(auth.env, env) };
  const { user, password } = auth.basic;
  const login = Buffer.from(`${secret(user, env)}:${secret(password, env)}`).toString("base64");
  return { authorization: `Basic ${login}` };
}

/** The environment variables that `auth` names. */
export function authVariables(auth: HttpAuth | undefined): readonly string[] {
  if (auth === undefined) return [];
  if ("bearer" in auth) return [auth.bearer];
  return "header" in auth ? [auth.env] : [auth.basic.user, auth.basic.password];
}

function secret(name: string, env: NodeJS.ProcessEnv): string {
  const value = env[name]?.trim();
  if (value) return value;
  throw new FatalError("ENV_MISSING", `The environment variable ${name} is not set`, {
    fix: "Set it where the operator runs; it holds what the server is to be shown as a login",
  });
}
