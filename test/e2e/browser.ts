import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Page } from "playwright-core";

const CHROMIUM = process.env["MILLRACE_CHROMIUM"] || "/usr/bin/chromium";
const screenshots = join(import.meta.dirname, "../output/screenshots");
/** A machine with much to do draws slowly; nothing waits for as long where all is well. */
const PATIENCE_MS = 60_000;

const FLAGS = [
  "--no-sandbox", // else it does not run as root
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export interface OpenPage extends AsyncDisposable {
  readonly page: Page;
  /** Keeps what is seen in test/output/screenshots. */
  readonly keep: (name: string) => Promise<void>;
}

/** Opens a page in Debian's Chromium. Raises an error that says how to install it where it is missing. */
export async function openPage(): Promise<OpenPage> {
  await access(CHROMIUM).catch((cause: unknown) => {
    throw new Error(
      `${CHROMIUM} is missing. Install it (on Debian: apt-get install chromium), or say where it is in MILLRACE_CHROMIUM, or leave out the tests that need it with MILLRACE_SKIP=dagster-ui,airflow.`,
      { cause },
    );
  });
  await mkdir(screenshots, { recursive: true });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
  page.setDefaultTimeout(PATIENCE_MS);
  return {
    page,
    keep: async (name) => {
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
