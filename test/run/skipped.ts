/** Whether the tests of that name are left out: `MILLRACE_SKIP=dagster-ui,airflow`. */
export function isSkipped(name: string): boolean {
  return (process.env["MILLRACE_SKIP"] ?? "").split(",").includes(name);
}
