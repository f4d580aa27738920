// Every page of the gateway in two languages: checked in Chromium, with screenshots at desktop and phone width.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { launch } from './browsers/chromium.mjs';
import { FORM_BUTTON, PASSWORD_FIELD, enterPassword, screenshotPath, signIn, signOut } from './chain.mjs';
import { eventually } from './eventually.mjs';
import { assertPageIsClean, assertTrafficIsClean } from './secrets.mjs';
import { startCertified } from './world.mjs';

/** Statuses of a refusal that the request causes; the gateway chooses which. */
const CLIENT_FAULT = [400, 401, 403, 409, 410];

/** `way` leads a new browser to the page; `status` is what the page must come with. */
const PAGES = [
  { name: 'callback-forged', status: [400], way: (site, tab) => postFromElsewhere(site, tab, site.callback, { state: 'x', code: 'y', id_token: 'z' }) },
  { name: 'callback-without-state', status: [400], way: (site, tab) => postFromElsewhere(site, tab, site.callback, { code: 'y' }) },
  {
    name: 'continue-without-cookies-first',
    status: [200],
    async way(site, tab, browser) {
      const refused = await browser.refuse(/continue\?.*again=1/);
      await tab.open(`${site.continue}?t=AAAAAAAAAAAAAAAA`);
      await eventually('the page moves on by itself', () => refused.count() > 0);
      assert.equal(await tab.has('a[href*="again=1"]'), true, 'a plain link for browsers without refresh');
    },
  },
  { name: 'continue-without-cookies-second', status: CLIENT_FAULT, way: (site, tab) => tab.open(`${site.continue}?t=AAAAAAAAAAAAAAAA&again=1`) },
  {
    name: 'continue-in-another-browser',
    status: CLIENT_FAULT,
    async way(site, tab) {
      const first = await launch();
      try {
        const theirs = await first.newTab();
        const held = await theirs.hold('*/callback');
        await theirs.open(`${site.gateway}/notes`);
        await enterPassword(site, theirs, 'alice');
        await eventually('the response is on its way', () => held.count() === 1);
        const entry = site.parts.provider.events.findLast(({ event }) => event === 'authorization.success');
        await postFromElsewhere(site, tab, site.callback, { ...entry.answer, state: entry.state });
      } finally {
        await first.close();
      }
    },
  },
  {
    name: 'provider-says-no',
    status: CLIENT_FAULT,
    async way(site, tab) {
      await tab.open(`${site.gateway}/notes`);
      await tab.waitFor('#cancel');
      await tab.click('#cancel');
    },
  },
  {
    name: 'token-endpoint-out-of-order',
    status: [500, 502, 503, 504],
    async way(site, tab) {
      site.parts.provider.failTokens(true);
      try {
        await tab.open(`${site.gateway}/notes`);
        await enterPassword(site, tab, 'alice');
        await tab.until(`location.origin === ${JSON.stringify(site.gateway)}`);
      } finally {
        site.parts.provider.failTokens(false);
      }
    },
  },
  {
    name: 'forbidden',
    status: [403],
    async way(site, tab) {
      await signIn(site, tab, 'bob', '/notes');
      await tab.open(`${site.gateway}/finance`);
    },
  },
  {
    name: 'upstream-down',
    status: [502],
    async way(site, tab) {
      await signIn(site, tab, 'alice', '/notes');
      await tab.open(`${site.gateway}/down`);
    },
  },
  {
    name: 'kept-form',
    status: [200],
    async way(site, tab, browser) {
      await signIn(site, tab, 'alice', '/notes');
      await browser.forgetCookies();
      await tab.click(FORM_BUTTON);
      await enterPassword(site, tab, 'alice');
    },
  },
  { name: 'post-from-elsewhere-without-session', status: CLIENT_FAULT, way: (site, tab) => postFromElsewhere(site, tab, `${site.gateway}/save`, { text: 'x' }) },
  { name: 'logout-signed-out', status: [200], way: (site, tab) => tab.open(`${site.gateway}/.auth/logout`) },
  {
    name: 'logout-signed-in',
    status: [200],
    async way(site, tab) {
      await signIn(site, tab, 'alice', '/notes');
      await tab.open(`${site.gateway}/.auth/logout`);
      await tab.waitFor(FORM_BUTTON);
    },
  },
  {
    name: 'logout-from-elsewhere',
    status: CLIENT_FAULT,
    async way(site, tab) {
      await signIn(site, tab, 'alice', '/notes');
      await postFromElsewhere(site, tab, `${site.gateway}/.auth/logout`, {});
    },
  },
  { name: 'signed-out', status: [200], way: (site, tab) => tab.open(`${site.gateway}/.auth/logout/done`) },
  { name: 'unknown-own-path', status: [404], way: (site, tab) => tab.open(`${site.gateway}/.auth/nothing`) },
  { name: 'unknown-provider', status: [404], way: (site, tab) => tab.open(`${site.gateway}/.auth/login/unknown`) },
  { name: 'wrong-method', status: [405], sandboxed: true, way: (site, tab) => tab.open(site.callback) },
  { name: 'path-that-means-nothing', status: [400], way: (site, tab) => tab.open(`${site.gateway}/a%00b`) },
  { name: 'unknown-host', status: [421], origin: (site) => site.gateway.replace('127.0.0.1', 'elsewhere.test'), way: (site, tab) => tab.open(site.gateway.replace('127.0.0.1', 'elsewhere.test')) },
];

/** What the browser is set to, and the language that it should get; their scripts have little in common. */
const LANGUAGES = [['en-GB', 'en'], ['ja-JP', 'ja']];

describe('the gateway’s pages', () => {
  let site;
  before(async () => { site = await startCertified(); });
  after(() => site?.stop());

  for (const [{ name, status, way, origin, sandboxed }, [locale, language]] of PAGES.flatMap((page) => LANGUAGES.map((asked) => [page, asked]))) {
    test(`${name} in ${language}`, async (t) => {
      const browser = await launch({ resolve: ['elsewhere.test'], locale });
      t.after(() => browser.close());
      const tab = await browser.newTab();
      await way(site, tab, browser);
      const home = origin?.(site) ?? site.gateway;
      await tab.until(`location.origin === ${JSON.stringify(home)} && document.querySelector('#user') === null`);
      await browser.traffic.settled();
      const load = browser.traffic.navigations().findLast((exchange) => exchange.url.startsWith(home) && exchange.status !== undefined);
      assert.ok(status.includes(load.status), `${load.method} ${load.url} came with ${load.status}`);
      assertHeaders(load, home === site.gateway);
      await assertIsAPage(tab, language);
      assert.equal(await tab.isSandboxed(), sandboxed === true);
      await assertPageIsClean(site, tab);
      await tab.screenshot(screenshotPath(`page-${name}-${language}-desktop`));
      await assertIsLegible(tab);
      await tab.inTheDark(() => assertIsLegible(tab));
      await tab.onPhone(async () => {
        await tab.screenshot(screenshotPath(`page-${name}-${language}-phone`));
        assert.ok(await tab.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), 'no horizontal overflow');
      });
      await assertKeysReachTheWayOn(tab);
      await assertTrafficIsClean(site, browser);
    });
  }

  test('login-in-a-frame', async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const tab = await browser.newTab();
    await tab.open(site.parts.elsewhere.frame(`${site.gateway}/.auth/login`));
    await eventually('the frame shows a link that leaves it', () => tab.frameHas('a[target=_top]'));
    assert.equal(await tab.frameHas(PASSWORD_FIELD), false);
    await tab.screenshot(screenshotPath('page-login-in-a-frame-desktop'));
    await tab.onPhone(() => tab.screenshot(screenshotPath('page-login-in-a-frame-phone')));
    assert.ok(!(await browser.cookies()).some((cookie) => cookie.name.includes('vestibule')), 'no sign-in starts in a frame');
  });
});

describe('an operator’s templates', () => {
  let site;
  before(async () => { site = await startCertified({ templates: fileURLToPath(new URL('../../config/pages', import.meta.url)) }); });
  after(() => site?.stop());

  test('are shown with logo and colours, and the button works', async (t) => {
    const browser = await launch({ locale: 'de-AT' });
    t.after(() => browser.close());
    const tab = await browser.newTab();
    await signIn(site, tab, 'bob', '/notes');
    await tab.open(`${site.gateway}/finance`);
    assert.match(await tab.text('p'), /^Ihr Konto hat keinen Zugriff/);
    await assertIsLegible(tab);
    await tab.inTheDark(() => assertIsLegible(tab));
    await tab.screenshot(screenshotPath('page-own-template-de-desktop'));
    await tab.open(`${site.gateway}/.auth/logout`);
    const logo = await tab.evaluate('(({ naturalWidth, height }) => ({ naturalWidth, height }))(document.querySelector(".logo"))');
    assert.ok(logo.naturalWidth > 0 && logo.height === 40, `the policy lets picture and style through: ${JSON.stringify(logo)}`);
    assert.equal(await tab.evaluate('getComputedStyle(document.querySelector("button")).backgroundColor'), 'rgb(122, 31, 92)');
    await signOut(site, tab);
  });
});

describe('scripts of another origin', () => {
  let site;
  before(async () => { site = await startCertified(); });
  after(() => site?.stop());

  test('read the gateway’s responses only where they are listed', async (t) => {
    const browser = await launch();
    t.after(() => browser.close());
    const tab = await browser.newTab();
    await tab.open(`${site.parts.elsewhere.origin}/`);
    const put = (path) => tab.evaluate(`fetch(${JSON.stringify(site.gateway + path)}, {
      method: 'PUT', credentials: 'include', headers: { 'content-type': 'application/json' }, body: '{}',
    }).then(async (answer) => ({
      status: answer.status, challenge: answer.headers.get('www-authenticate'), login: (await answer.json()).login,
    }), (error) => error.name)`);
    assert.deepEqual(await put('/api/x'), {
      status: 401, challenge: `Cookie realm="${site.gateway}", login="/.auth/login?return_to=%2F"`, login: '/.auth/login?return_to=%2F',
    });
    assert.equal(await put('/notes'), 'TypeError', 'the preflight is refused');
  });
});

async function postFromElsewhere(site, tab, target, fields) {
  await tab.open(site.parts.elsewhere.post(target, fields));
  await tab.waitFor('#send');
  await tab.click('#send');
}

/** OWASP's minimum for a page that shows no foreign content: not stored, not sniffed, no scripts, no frames. */
function assertHeaders({ url, headers }, ours = true) {
  const header = Object.fromEntries(headers);
  assert.match(header['content-type'], /^text\/html/, url);
  assert.match(header['cache-control'] ?? '', /no-store/, url);
  assert.equal(header['x-content-type-options'], 'nosniff', url);
  assert.match(header['content-security-policy'] ?? '', /default-src 'none'/, url);
  assert.match(header['content-security-policy'], /frame-ancestors/, url);
  assert.doesNotMatch(header['content-security-policy'], /script-src(?! 'none')/, url);
  assert.ok(header['referrer-policy'], url);
  // An unknown host gets no HSTS header.
  assert.equal(Boolean(header['strict-transport-security']), ours, url);
}

/** The language asked for, one title, one heading, made for small screens too, and no script. */
async function assertIsAPage(tab, language) {
  const page = await tab.evaluate(`({
    language: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll('h1').length,
    viewport: document.querySelector('meta[name=viewport]') !== null,
    scripts: document.scripts.length,
  })`);
  assert.ok(page.title, JSON.stringify(page));
  assert.equal(page.language, language, JSON.stringify(page));
  assert.deepEqual([page.headings, page.viewport, page.scripts], [1, true, 0], JSON.stringify(page));
}

/** Text stands out from what is behind it as WCAG 2.2 asks for, 4.5 to 1, and is not small. */
async function assertIsLegible(tab) {
  const texts = await tab.evaluate(`(() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const luminance = (color) => channels(color).slice(0, 3).map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
    const isPainted = (color) => (channels(color)[3] ?? 1) > 0;
    const behind = (element) => {
      const color = getComputedStyle(element).backgroundColor;
      return isPainted(color) || !element.parentElement ? color : behind(element.parentElement);
    };
    return [...document.querySelectorAll('h1, p, a, button, dt, dd')].map((element) => {
      const [ink, paper] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      const size = parseFloat(getComputedStyle(element).fontSize);
      return { text: element.textContent, size, contrast: (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) };
    });
  })()`);
  assert.ok(texts.length > 1, 'a heading and more');
  assert.deepEqual(texts.filter(({ size, contrast }) => contrast < 4.5 || size < 14), []);
}

/** Who has no mouse comes to the button first, then to the link, and sees where he is. */
async function assertKeysReachTheWayOn(tab) {
  const wanted = await tab.evaluate('document.querySelectorAll("button, a[href]").length');
  for (let at = 0; at < wanted; at += 1) {
    await tab.press('Tab');
    const shown = await tab.evaluate(`(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return { isNext: document.activeElement === document.querySelectorAll('button, a[href]')[${at}], outlineStyle, outlineWidth };
    })()`);
    assert.ok(shown.isNext && shown.outlineStyle !== 'none' && parseFloat(shown.outlineWidth) >= 2, JSON.stringify(shown));
  }
}
