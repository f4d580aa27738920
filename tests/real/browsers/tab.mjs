// The operations of a test on a browser tab, equal for all drivers.
//
// A driver gives `navigate`, `goBack`, `refresh`, `evaluate`, `fill`, `click`, `screenshot` and `close`; the rest is built on them.

import { eventually } from '../eventually.mjs';

export class Tab {
  #leavings = 0;

  /**
   * Does what leads away from the document now shown and waits until it is gone. Every leaving has a mark of its own: a document
   * that the back button brings back still bears the mark of when it was left before.
   */
  async leave(how) {
    this.#leavings += 1;
    await this.evaluate(`void (window.leaving = ${this.#leavings})`);
    await how();
    await eventually('another document', () => this.evaluate(`window.leaving !== ${this.#leavings}`));
  }

  async open(url) {
    await this.leave(() => this.navigate(url));
  }

  async back() {
    await this.leave(() => this.goBack());
  }

  async reload() {
    await this.leave(() => this.refresh());
  }

  /** Waits until an expression holds in whatever page the tab shows by then. */
  async until(expression) {
    let shown;
    try {
      await eventually(expression, async () => {
        shown = await this.evaluate('[location.href, document.title, document.body?.innerText].join("\\n")');
        return this.evaluate(`document.readyState === "complete" && Boolean(${expression})`);
      });
    } catch (error) {
      throw new Error(`${error.message}\nthe tab shows: ${shown}`, { cause: error.cause });
    }
  }

  /** Waits for a selector, and for the text of its first element when one is given. */
  async waitFor(selector, text) {
    const found = `document.querySelector(${JSON.stringify(selector)})`;
    await this.until(text === undefined ? `${found} !== null` : `${found}?.textContent.trim() === ${JSON.stringify(text)}`);
  }

  /** Waits until the page at `address` (without query and fragment) is shown. */
  async waitForAddress(address) {
    await this.until(`location.origin + location.pathname === ${JSON.stringify(address)}`);
  }

  /** The text of the first element that a selector finds. */
  async text(selector) {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent.trim() ?? null`);
  }

  async has(selector) {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}) !== null`);
  }

  async content() {
    return this.evaluate('document.documentElement.outerHTML');
  }

  async url() {
    return this.evaluate('location.href');
  }

  /** The cookies that the page's JavaScript can read. */
  async visibleCookies() {
    return (await this.isSandboxed()) ? '' : this.evaluate('document.cookie');
  }

  /** Everything in `localStorage` and `sessionStorage`, as text. */
  async storage() {
    return (await this.isSandboxed()) ? '' : this.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
  }

  /** Whether the page has an opaque origin: its scripts, and those of the site, reach neither its cookies nor its storage. */
  async isSandboxed() {
    return this.evaluate('self.origin === "null"');
  }

  async historyLength() {
    return this.evaluate('history.length');
  }
}
