//! Debian's Firefox, as a visitor's second browser: driven by Puppeteer, which speaks WebDriver BiDi with it as it was built; Playwright wants a build of
//! its own.
import { existsSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { PATIENCE_MS } from './visitors.mjs';

/** The browser: `SWARMFETCH_FIREFOX`, else Debian's. */
const executablePath = process.env.SWARMFETCH_FIREFOX ?? '/usr/bin/firefox-esr';

/** Candidates of the loopback interface, and no names from mDNS, which nobody resolves in a container; and none of its maker's services. */
const PREFERENCES = {
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'app.update.auto': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
};

/** Why there is none here, or false. */
export const noFirefox = !existsSync(executablePath) && `${executablePath} is not there`;

export async function openFirefox() {
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true, extraPrefsFirefox: PREFERENCES });
}

/** A visitor with one tab and storage of its own. */
export class FirefoxVisitor {
  /** Errors on the page. @type {string[]} */ complaints = [];

  /**
   * @param {string} origin
   * @param {import('puppeteer-core').BrowserContext} context
   * @param {import('puppeteer-core').Page} page
   */
  constructor(origin, context, page) {
    this.origin = origin;
    this.context = context;
    this.page = page;
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** @param {import('puppeteer-core').Browser} browser */
  static async arrive(browser, /** @type {string} */ origin) {
    const context = await browser.createBrowserContext();
    return new FirefoxVisitor(origin, context, await context.newPage());
  }

  /** Goes to a page of the site. */
  async open(/** @type {string} */ path) {
    await this.page.goto(this.origin + path, { waitUntil: 'load' });
  }

  /** Waits until something holds of what is asked of the page. @template T @param {() => Promise<T>} ask in the page @param {(answer: T) => boolean} holds */
  async until(/** @type {string} */ what, ask, holds) {
    const deadline = performance.now() + PATIENCE_MS;
    let last;
    while (performance.now() < deadline) {
      // While one document replaces another nobody answers.
      last = await this.page.evaluate(ask).catch((error) => error);
      if (!(last instanceof Error) && holds(last)) return last;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${what} did not come about; the page says ${last instanceof Error ? last.message : JSON.stringify(last)}`);
  }

  async leave() {
    await this.context.close();
  }
}
