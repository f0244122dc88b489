import { pino, stdSerializers, stdTimeFunctions, type DestinationStream } from "pino";
import { redact, redactAll } from "../errors/redact.ts";

type LogFields = Readonly<Record<string, unknown>>;

/** A structured log: each line is JSON on stderr, with what was bound. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each of its lines. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  readonly level?: string;
  /** Default: stderr, written at once, so that nothing is lost when the process dies. */
  readonly destination?: DestinationStream;
  readonly bound?: LogFields;
}

export function createLogger({ level = "info", destination, bound = {} }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: bound,
    timestamp: stdTimeFunctions.isoTime,
    messageKey: "message",
    errorKey: "error",
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: object) => redactAll(fields) as Record<string, unknown>,
    },
    serializers: {
      error: (error: unknown) => redactAll(error instanceof Error ? { ...stdSerializers.err(error) } : error),
    },
  };
  return wrap(pino(options, destination ?? pino.destination({ fd: 2, sync: true })));
}

type PinoLogger = ReturnType<typeof pino>;

function wrap(log: PinoLogger): Logger {
  return {
    debug: (message, fields = {}) => log.debug(fields, redact(message)),
    info: (message, fields = {}) => log.info(fields, redact(message)),
    warn: (message, fields = {}) => log.warn(fields, redact(message)),
    error: (message, fields = {}) => log.error(fields, redact(message)),
    with: (fields) => wrap(log.child(fields)),
  };
}
