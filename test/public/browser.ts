import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';

const SCREENSHOTS = path.join(__dirname, '..', '..', '.lyrebird', 'screenshots');
/** Chromium looks for its makers' servers at every start unless it is told not to. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));
  if (!executablePath) throw new Error('These tests need Chromium: install the package "chromium" or name the program in CHROMIUM_PATH.');
  return chromium.launch({ executablePath, args: ARGUMENTS });
}

export type Scheme = 'light' | 'dark';

/** A page that keeps account of what should not happen on it. */
export interface WatchedPage {
  page: Page;
  /** Errors on the console and exceptions that nobody caught. */
  errors: string[];
  /** Requests to anything but the host. */
  external: string[];
  /** By `data-test-subj`. */
  subject(name: string): ReturnType<Page['locator']>;
  open(path: string): Promise<void>;
  screenshot(name: string): Promise<void>;
}

export async function openPage(browser: Browser, url: string, colorScheme: Scheme = 'light', viewport = { width: 1440, height: 1000 }): Promise<WatchedPage> {
  const context = await browser.newContext({ colorScheme, viewport, timezoneId: 'UTC', locale: 'en-GB' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const errors: string[] = [];
  const external: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (target.origin !== url && !['data:', 'blob:'].includes(target.protocol)) external.push(request.url());
  });
  return {
    page,
    errors,
    external,
    subject: (name) => page.locator(`[data-test-subj="${name}"]`),
    open: async (at) => void (await page.goto(`${url}/app/lyrebird${at}`)),
    screenshot: async (name) => {
      await mkdir(SCREENSHOTS, { recursive: true });
      // Tooltips and transitions settle first.
      await page.waitForTimeout(400);
      await page.screenshot({ path: path.join(SCREENSHOTS, `${name}_${colorScheme}.png`) });
    },
  };
}
