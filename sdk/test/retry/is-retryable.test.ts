import { FatalError, isRetryable, RecordError, RetryableError } from "@millrace/sdk";
import { expect, test } from "vitest";

const coded = (code: string, more: object = {}) => Object.assign(new Error("as a driver raises it"), { code, ...more });
const sqlState = (code: string) => coded(code, { severity: "ERROR" });
const status = (number: number) => Object.assign(new Error("as an HTTP client raises it"), { status: number });

test.for([
  ["an error that says so", new RetryableError("BUSY", "Not now")],
  ["connection_exception", sqlState("08000")],
  ["connection_failure", sqlState("08006")],
  ["serialization_failure", sqlState("40001")],
  ["deadlock_detected", sqlState("40P01")],
  ["disk_full", sqlState("53100")],
  ["too_many_connections", sqlState("53300")],
  ["lock_not_available", sqlState("55P03")],
  ["admin_shutdown", sqlState("57P01")],
  ["crash_shutdown", sqlState("57P02")],
  ["cannot_connect_now", sqlState("57P03")],
  ["idle_in_transaction_session_timeout", sqlState("25P03")],
  ["idle_session_timeout", sqlState("57P05")],
  ["ECONNREFUSED", coded("ECONNREFUSED")],
  ["ECONNRESET", coded("ECONNRESET")],
  ["EPIPE, which looks like an SQLSTATE", coded("EPIPE")],
  ["postgres.js's CONNECTION_CLOSED", coded("CONNECTION_CLOSED")],
  ["undici's timeouts", coded("UND_ERR_HEADERS_TIMEOUT")],
  ["pg's lost connection, which has no code", new Error("Connection terminated unexpectedly")],
  ["a timeout signal", new DOMException("timed out", "TimeoutError")],
  ["status 408", status(408)],
  ["status 425", status(425)],
  ["status 429", status(429)],
  ["status 500", status(500)],
  ["status 503", status(503)],
  ["got's and node's statusCode", Object.assign(new Error(), { statusCode: 502 })],
  ["a response's status", Object.assign(new Error(), { response: { status: 504 } })],
  ["the AWS SDK's status", Object.assign(new Error(), { $metadata: { httpStatusCode: 503 } })],
  ["a cause", new Error("fetch failed", { cause: coded("ECONNRESET") })],
  ["a cause of a cause", new Error("a", { cause: new Error("b", { cause: sqlState("40001") }) })],
  ["several addresses, each refused", new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")])],
] as const)("%s can pass", ([, error]) => {
  expect(isRetryable(error)).toBe(true);
});

const circular = new Error("circular");
circular.cause = new Error("its cause", { cause: circular });

test.for([
  ["a fatal error", new FatalError("NO", "No")],
  ["a fatal error, whatever caused it", new FatalError("NO", "No", { cause: coded("ECONNRESET") })],
  ["a bad record", new RecordError("BAD", "Bad")],
  ["unique_violation", sqlState("23505")],
  ["undefined_table", sqlState("42P01")],
  ["query_canceled", sqlState("57014")],
  ["transaction_integrity_constraint_violation", sqlState("40002")],
  ["PostgreSQL's own word, whatever caused it", coded("22P02", { severity: "ERROR", cause: coded("ECONNRESET") })],
  ["ENOENT", coded("ENOENT")],
  ["status 400", status(400)],
  ["status 401", status(401)],
  ["status 404, whatever caused it", Object.assign(new Error("", { cause: coded("ECONNRESET") }), { status: 404 })],
  ["an abort", new DOMException("aborted", "AbortError")],
  [
    "an abort, whatever caused it",
    new DOMException("aborted", { name: "AbortError", cause: coded("ECONNRESET") } as never),
  ],
  ["several errors of which one stays", new AggregateError([coded("ECONNREFUSED"), new TypeError("no")])],
  ["no error among several", new AggregateError([])],
  ["any other error", new TypeError("x is not a function")],
  ["a message that only sounds like it", new Error("The account is closed; the contract was terminated")],
  ["errors that are each other's cause", circular],
  ["text", "ECONNRESET"],
  ["nothing", undefined],
] as const)("%s can not pass", ([, error]) => {
  expect(isRetryable(error)).toBe(false);
});
