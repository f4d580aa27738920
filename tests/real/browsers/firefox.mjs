// Firefox through puppeteer, over WebDriver BiDi.

import puppeteer from 'puppeteer-core';

import { Tab } from './tab.mjs';

/** Starts a Firefox with a new profile. */
export async function launch() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    acceptInsecureCerts: true,
    defaultViewport: { width: 1280, height: 800 },
    extraPrefsFirefox: QUIET,
  });
  return {
    name: 'firefox',
    newTab: async () => new FirefoxTab(await browser.newPage()),
    close: () => browser.close(),
  };
}

// Firefox does not render background tabs, and an element is clicked only once its position is stable: hence `bringToFront`.
class FirefoxTab extends Tab {
  #page;

  constructor(page) {
    super();
    this.#page = page;
  }

  async navigate(url) {
    await this.#context().navigate(url, 'none');
  }

  async evaluate(expression) {
    return this.#page.evaluate(expression);
  }

  async fill(selector, value) {
    await this.#page.bringToFront();
    await this.#page.locator(selector).fill(value);
  }

  async click(selector) {
    await this.#page.bringToFront();
    await this.#page.locator(selector).click();
  }

  async goBack() {
    await this.#context().traverseHistory(-1);
  }

  async refresh() {
    await this.#context().reload();
  }

  async screenshot(path) {
    await this.#page.bringToFront();
    await this.#page.screenshot({ path, fullPage: true });
  }

  async close() {
    await this.#page.close();
  }

  /** BiDi itself: puppeteer's own calls wait for a load event, which a page from the back-forward cache never has. */
  #context() {
    return this.#page.mainFrame().browsingContext;
  }
}

/** Nothing is asked of the network but what the scenario asks. */
const QUIET = {
  'app.update.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.security.https_first': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': '',
};
