// The demo with default options, in every browser: http on loopback (WebKit and Chromium also https).

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as chromium from './browsers/chromium.mjs';
import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';
import { signIn, twoTabs, wholeChain } from './chain.mjs';
import { assertCookiesAreGuarded, assertHistoryIsClean, assertTrafficIsClean } from './secrets.mjs';
import { startDemoSite } from './world.mjs';

const DEMOS = [
  { https: false, browsers: { chromium, firefox } },
  { https: true, browsers: { chromium, webkit } },
];

for (const { https, browsers } of DEMOS) {
  const scheme = https ? 'https' : 'http';
  describe(`the demo over ${scheme}`, () => {
    let site;
    before(async () => { site = await startDemoSite({ https }); });
    after(() => site?.stop());

    for (const [name, { launch }] of Object.entries(browsers)) {
      test(`sign in, use, back, reload, sign out (${name})`, async (t) => {
        const browser = await launch();
        t.after(() => browser.close());
        await wholeChain(site, browser, {
          label: `demo-${scheme}`,
          response: browser.traffic && (() => lastResponse(site, browser)),
        });
        if (browser.traffic) await assertTrafficIsClean(site, browser);
      });

      test(`two tabs sign in at once, the second one first (${name})`, async (t) => {
        const browser = await launch();
        t.after(() => browser.close());
        const tabs = await twoTabs(site, browser);
        if (!browser.traffic) return;
        for (const tab of tabs) await assertHistoryIsClean(site, browser, tab);
        await assertTrafficIsClean(site, browser);
      });
    }

    test('scripts of the application’s page can read no cookie (chromium)', async (t) => {
      const browser = await chromium.launch();
      t.after(() => browser.close());
      const tab = await browser.newTab();
      await signIn(site, tab, 'alice', '/');
      assert.deepEqual(assertCookiesAreGuarded(site, await browser.cookies()), https ? ['__Host-vestibule', '__Host-vestibule-loop'] : ['vestibule', 'vestibule-loop']);
      assert.doesNotMatch(await tab.text('#cookies'), /vestibule/);
      await assertTrafficIsClean(site, browser);
    });
  });
}

/** The last response that the browser posted, to be posted again. */
function lastResponse(site, browser) {
  const sent = browser.traffic.exchanges.findLast(({ method, url }) => method === 'POST'
    && url.startsWith(site.gateway) && new URL(url).pathname.endsWith('/callback'));
  return { address: sent.url, fields: Object.fromEntries(new URLSearchParams(sent.form)) };
}
