/** What networks say, by the codes of Node, undici and postgres.js. */
const NETWORK_CODES = new Set([
  "EADDRNOTAVAIL",
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "ENETDOWN",
  "ENETRESET",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_SOCKET",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
]);

/**
 * 08 connection, 25P03 and 57P05 sessions that the server ended since they were idle for too long, 40001 serialization, 40P01 deadlock, 53 connections, memory or disk short, 55P03 lock not had,
 * 57P01–03 shutdown or start of the server. PostgreSQL documentation, appendix A.
 */
const TRANSIENT_STATES = /^(08...|25P03|53...|40001|40P01|55P03|57P0[1235])$/;

/** Request timeout, too early, too many requests, and whatever the server says is its own fault. */
const TRANSIENT_STATUS = new Set([408, 425, 429]);

/** `pg` raises these without a code. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout expired$|Query read timeout$|Client (was closed|has encountered a connection error) and is not queryable$)/;

export function isNetworkCode(code: string): boolean {
  return NETWORK_CODES.has(code);
}

export function isTransientState(sqlState: string): boolean {
  return TRANSIENT_STATES.test(sqlState);
}

export function isTransientStatus(status: number): boolean {
  return TRANSIENT_STATUS.has(status) || (status >= 500 && status <= 599);
}

/** Whether the message of an error without a code says that a database connection is gone. */
export function isLostConnection(message: string): boolean {
  return LOST_CONNECTION.test(message);
}
