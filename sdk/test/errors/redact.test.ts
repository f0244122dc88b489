import { expect, test } from "vitest";
import { redact } from "../../src/errors/redact.ts";

test.for([
  ["postgresql://me:hunter2@host:5432/shop", "postgresql://me:***@host:5432/shop"],
  ["postgresql://me@server:hunter2@host/shop", "postgresql://me@server:***@host/shop"],
  ["postgresql://me:p@hunter2@host/shop", "postgresql://me:***@host/shop"],
  ["postgresql://:hunter2@host/shop", "postgresql://:***@host/shop"],
  ["two: redis://:hunter2@a:1, https://b:hunter2@c?d=e@f", "two: redis://:***@a:1, https://b:***@c?d=e@f"],
  ["host=a password=hunter2 port=1", "host=a password=*** port=1"],
  ["host=a password='hunter2 x' port=1", "host=a password=*** port=1"],
  [
    "postgresql://me@host/shop?password=hunter2&sslmode=require",
    "postgresql://me@host/shop?password=***&sslmode=require",
  ],
  ["https://host:8080/path/a:b@c", "https://host:8080/path/a:b@c"],
  ["mail me@example.com, 12:30 @ noon", "mail me@example.com, 12:30 @ noon"],
] as const)("C28: %s", ([text, shown]) => {
  expect(redact(text)).toBe(shown);
});
