import type { ErrorSection } from "./error-section.ts";

export const http: ErrorSection = {
  title: "HTTP sources",
  errors: [
    {
      codes: ["HTTP_URL"],
      cause: "the URL of an HTTP source is none of `http:` or `https:`, or has a login in it",
      fix: "logins come from the environment, by `auth`",
    },
    {
      codes: ["HTTP_STATUS"],
      cause:
        "a server answered with an error; 408, 425, 429, 5xx and what says `Retry-After` may pass, and were tried several times",
      fix: "the message has the beginning of the answer",
    },
    {
      codes: ["HTTP_LOGIN"],
      cause: "the server refused the login (401, 403)",
      fix: "look at the environment variables that are named",
    },
    {
      codes: ["HTTP_TIMEOUT", "HTTP_UNREACHABLE", "HTTP_BODY"],
      cause:
        "no whole answer came: too slow, a broken connection, JSON that is cut off; may pass. A certificate that is not trusted does not",
      fix: "`timeoutMs`; the cause says why",
    },
    {
      codes: ["HTTP_NOT_JSON"],
      cause: "the answer is no JSON and does not say it is: mostly a page for people",
      fix: "look at the URL in a browser",
    },
    { codes: ["HTTP_PAGE_TOO_LARGE"], cause: "an answer is larger than `maxPageBytes`", fix: "ask for smaller pages" },
    {
      codes: ["HTTP_RECORDS"],
      cause: "there is no array where `records` points",
      fix: "the message has the beginning of the answer",
    },
    {
      codes: ["HTTP_PAGINATION", "HTTP_PAGE_LOOP"],
      cause: "the next page is on another server or can not be told; pages come again",
      fix: "look whether `pagination` is what the server uses",
    },
  ],
};
