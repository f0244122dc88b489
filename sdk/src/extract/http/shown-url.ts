const SECRET_NAME = /token|secret|password|passwd|signature|credential|api_?key|access_?key|^key$|^sig$|^auth/i;

/** A URL as it may be shown and kept: without login, fragment, or the values of parameters that are secrets by their names. */
export function shownUrl(url: URL): string {
  const shown = new URL(url);
  shown.username = "";
  shown.password = "";
  shown.hash = "";
  for (const name of new Set(shown.searchParams.keys()))
    if (SECRET_NAME.test(name)) shown.searchParams.set(name, "***");
  return shown.href;
}
