// A browser that does what it is told: one JSON object a line on stdin, one answer a line on stdout.
//
//   {"do": "press", "keys": "Control+."}  ->  {"value": null}  or  {"error": "…"}
//
// node browser.mjs PLAYWRIGHT-FOLDER CHROMIUM

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const [folder, executablePath] = process.argv.slice(2);
const { chromium } = createRequire(join(folder, 'package.json'))('playwright-core');
const PATIENCE = 40_000;

// Chromium's own sandbox needs rights that root and containers do not have; it opens nothing but this machine.
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
let context;
let page;

/** The first frame, nested ones included, that `test` holds for. */
async function frame(test) {
  const end = Date.now() + PATIENCE;
  while (Date.now() < end) {
    for (const one of page.frames()) {
      const found = await test(one).catch(() => undefined);
      if (found !== undefined) return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no frame shows it');
}

const DO = {
  async open({ url }) {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1400, height: 800 }, locale: 'en-GB', reducedMotion: 'reduce' });
    context.setDefaultTimeout(PATIENCE);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = await context.newPage();
    await page.goto(url);
  },
  /** The same window again, as the reload key would: what the browser keeps, it keeps. */
  reload: () => page.reload(),
  resize: ({ width, height }) => page.setViewportSize({ width, height }),
  close: () => context?.close(),
  press: ({ keys }) => page.keyboard.press(keys),
  type: ({ text, delay = 0 }) => page.keyboard.type(text, { delay }),
  insert: ({ text }) => page.keyboard.insertText(text),
  /** `which`: of several that match, from 0. */
  click: ({ selector, button = 'left', which = 0 }) => page.locator(selector).nth(which).click({ button }),
  hover: ({ selector }) => page.locator(selector).first().hover(),
  wait: ({ selector, state = 'visible', timeout }) => page.locator(selector).first().waitFor({ state, timeout }),
  texts: ({ selector }) => page.locator(selector).allInnerTexts(),
  attribute: ({ selector, name }) => page.locator(selector).first().getAttribute(name),
  count: ({ selector }) => page.locator(selector).count(),
  screenshot: ({ path }) => page.screenshot({ path }),
  /** Waits until a web view shows `text`; all that it shows. */
  shown: ({ text }) =>
    frame(async (one) => {
      const whole = one === page.mainFrame() ? '' : await one.locator('body').innerText({ timeout: 1000 });
      return whole.includes(text) ? whole : undefined;
    }),
  /** How many elements `selector` finds in the web view that shows `text`. */
  inside: ({ text, selector }) =>
    frame(async (one) => {
      const whole = one === page.mainFrame() ? '' : await one.locator('body').innerText({ timeout: 1000 });
      return whole.includes(text) ? one.locator(selector).count() : undefined;
    }),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...rest } = JSON.parse(line);
  let answer;
  try {
    answer = { value: (await DO[name](rest)) ?? null };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await browser.close();
