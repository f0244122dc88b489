const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#@]*@/gi;
const KEYWORD_PASSWORD = /\b(password|pwd)=('[^']*'|[^\s&]+)/gi;

/** The text with the passwords of URLs and connection strings in it replaced by `***`. */
export function redact(text: string): string {
  return text.replace(URL_PASSWORD, "$1:***@").replace(KEYWORD_PASSWORD, "$1=***");
}
