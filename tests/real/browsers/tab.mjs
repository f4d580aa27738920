// What a scenario may do with a browser's tab, the same over all drivers.
//
// A driver gives `open`, `evaluate`, `fill`, `click`, `back`, `reload`, `screenshot` and `close`; the rest is built on them.

import { eventually } from '../eventually.mjs';

export class Tab {
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
    return this.evaluate('document.cookie');
  }

  /** Everything in `localStorage` and `sessionStorage`, as text. */
  async storage() {
    return this.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
  }

  async historyLength() {
    return this.evaluate('history.length');
  }
}
