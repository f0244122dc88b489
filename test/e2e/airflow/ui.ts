import type { Page } from "playwright-core";

/** Logs in as a person does, in the form that Airflow shows first. */
export async function logIn(
  page: Page,
  url: string,
  { username, password }: { readonly username: string; readonly password: string },
): Promise<void> {
  await page.goto(url);
  await page.locator("input[name=username]").fill(username);
  await page.locator("input[name=password]").fill(password);
  await page.getByRole("button", { name: /sign in/i }).click();
  await page.getByRole("link", { name: "Dags" }).first().waitFor();
}
