// Chromium through Playwright, with a record of every request, response and page.

import { chromium } from 'playwright-core';

import { eventually } from '../eventually.mjs';
import { Tab } from './tab.mjs';

/** Starts a Chromium with an empty profile: no cookies, no history. `resolve`: host names to send to this machine; `locale`: the person's language. */
export async function launch({ resolve = [], locale } = {}) {
  const rules = resolve.map((host) => `MAP ${host} 127.0.0.1`).join(', ');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [...ARGUMENTS, ...(rules ? [`--host-resolver-rules=${rules}`] : [])],
    chromiumSandbox: process.getuid() !== 0,
  });
  const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: DESKTOP, locale });
  const traffic = new Traffic(context);
  return {
    name: 'chromium',
    traffic,
    newTab: async () => new ChromiumTab(await context.newPage(), traffic),
    /** Every cookie in the jar, `HttpOnly` ones too. */
    cookies: () => context.cookies(),
    plantCookie: (cookie) => context.addCookies([cookie]),
    forgetCookies: () => context.clearCookies(),
    /** Lets no request pass whose address matches; a page that wanted to move there stays. `count()` says how many there were. */
    async refuse(pattern) {
      let refused = 0;
      await context.route(pattern, (route) => {
        refused += 1;
        return route.abort('aborted');
      });
      return { count: () => refused };
    },
    close: () => browser.close(),
  };
}

class ChromiumTab extends Tab {
  #page;
  #traffic;

  constructor(page, traffic) {
    super();
    this.#page = page;
    this.#traffic = traffic;
  }

  async navigate(url) {
    await this.#traffic.settled();
    await this.#page.goto(url, { waitUntil: 'commit' });
  }

  async evaluate(expression) {
    return this.#page.evaluate(expression);
  }

  async fill(selector, value) {
    await this.#page.fill(selector, value);
  }

  async click(selector) {
    await this.#traffic.settled();
    await this.#page.click(selector, { noWaitAfter: true });
  }

  async goBack() {
    await this.#traffic.settled();
    await this.#page.goBack({ waitUntil: 'commit' });
  }

  async refresh() {
    await this.#traffic.settled();
    await this.#page.reload({ waitUntil: 'commit' });
  }

  async screenshot(path) {
    await this.#page.screenshot({ path, fullPage: true });
  }

  /** Does `look` at a telephone's width, then goes back to the desktop's. */
  async onPhone(look) {
    await this.#page.setViewportSize(PHONE);
    try {
      return await look();
    } finally {
      await this.#page.setViewportSize(DESKTOP);
    }
  }

  /** Does `look` as who prefers dark colours sees it, then goes back to light ones. */
  async inTheDark(look) {
    await this.#page.emulateMedia({ colorScheme: 'dark' });
    try {
      return await look();
    } finally {
      await this.#page.emulateMedia({ colorScheme: 'light' });
    }
  }

  /** Presses a key. */
  async press(key) {
    await this.#page.keyboard.press(key);
  }

  /**
   * Holds back this tab's requests whose address matches (`*` for anything), redirected ones too, which Playwright's own routes
   * let pass. `count()` says how many stand waiting; `release()` lets them and all later ones go.
   */
  async hold(pattern) {
    const session = await this.#page.context().newCDPSession(this.#page);
    const waiting = [];
    session.on('Fetch.requestPaused', ({ requestId }) => {
      this.#traffic.giveUpReading(this.#page);
      waiting.push(requestId);
    });
    await session.send('Fetch.enable', { patterns: [{ urlPattern: pattern, requestStage: 'Request' }] });
    return {
      count: () => waiting.length,
      release: async () => {
        this.#traffic.readAgain(this.#page);
        await Promise.all(waiting.map((requestId) => session.send('Fetch.continueRequest', { requestId })));
        await session.detach();
      },
    };
  }

  /** The addresses in the tab's history, which scripts cannot see but the person can. */
  async historyAddresses() {
    const session = await this.#page.context().newCDPSession(this.#page);
    try {
      const { entries } = await session.send('Page.getNavigationHistory');
      return entries.map((entry) => entry.url);
    } finally {
      await session.detach();
    }
  }

  /** Whether a frame of the page shows a selector. */
  async frameHas(selector) {
    const frames = this.#page.frames().slice(1);
    const found = await Promise.all(frames.map((frame) => frame.locator(selector).count()));
    return found.some((count) => count > 0);
  }

  async close() {
    await this.#traffic.settled();
    await this.#page.close();
  }
}

/** Whether an answer is the gateway's page on the way to the provider: the only one that may run a script. */
export function movesOn(headers) {
  return /script-src 'sha256-/.test(headers['content-security-policy'] ?? '');
}

/** All that went over the wire, in the order in which the browser asked. */
class Traffic {
  /** `{ method, url, referrer, form, navigation, status, headers, body }`; the last three come with the answer. */
  exchanges = [];
  #pending = new Set();
  #byRequest = new Map();
  #readings = new Map();

  constructor(context) {
    context.on('request', (request) => this.#asked(request));
    context.on('response', (response) => this.#track(this.#answered(response)));
  }

  /** Waits until the text of every page that came is on record. */
  async settled() {
    await eventually('every page that came is read', () => this.#pending.size === 0);
  }

  /** The page loads and form posts, with redirects one by one. */
  navigations() {
    return this.exchanges.filter((exchange) => exchange.navigation);
  }

  #asked(request) {
    const exchange = {
      method: request.method(),
      url: request.url(),
      referrer: request.headers().referer ?? '',
      form: request.postData() ?? '',
      navigation: request.isNavigationRequest(),
    };
    this.#byRequest.set(request, exchange);
    this.exchanges.push(exchange);
  }

  async #answered(response) {
    const exchange = this.#byRequest.get(response.request());
    exchange.status = response.status();
    const { givenUp } = this.#readingOf(response.frame().page());
    const isPage = !(exchange.status >= 300 && exchange.status < 400) && /html|json/.test(response.headers()['content-type'] ?? '');
    const [headers, body] = await Promise.all([
      response.headersArray().catch(() => []),
      isPage ? Promise.race([response.text().catch((error) => error), givenUp]) : '',
    ]);
    exchange.headers = headers.map(({ name, value }) => [name.toLowerCase(), value]);
    // A page that navigates at once is replaced before Chromium can read it; it contains only the next URL, which is recorded.
    if (body instanceof Error && movesOn(response.headers())) exchange.body = '';
    else if (body instanceof Error) exchange.unread = body.message;
    else exchange.body = body;
  }

  /** While a page load is held back, Chromium tells nothing of the page before it: reading that one is given up. */
  giveUpReading(page) {
    this.#readingOf(page).giveUp(new Error('the next page was held back'));
  }

  readAgain(page) {
    this.#readings.delete(page);
  }

  #readingOf(page) {
    if (!this.#readings.has(page)) {
      const reading = {};
      reading.givenUp = new Promise((resolve) => { reading.giveUp = resolve; });
      this.#readings.set(page, reading);
    }
    return this.#readings.get(page);
  }

  #track(work) {
    const tracked = work.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }
}

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 320, height: 640 };
const ARGUMENTS = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
