// A sign-in ends at the wanted page also when a person is impatient, or when the network loses the response that has the session cookie.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as chromium from './browsers/chromium.mjs';
import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';
import { enterPassword, PASSWORD_FIELD, waitForPage } from './chain.mjs';
import { eventually } from './eventually.mjs';
import { startCertified } from './world.mjs';

for (const [name, { launch }] of Object.entries({ chromium, firefox, webkit })) {
  describe(`lost response and double click, certified provider, ${name}`, () => {
    let site;
    before(async () => { site = await startCertified({ front: true }); });
    after(() => site?.stop());

    const redeemed = () => site.parts.provider.events.filter(({ event }) => event === 'grant.success').length;
    const repeated = () => site.parts.gateway.log().filter((line) => line.includes('"session-cookie-repeated"')).length;

    test('a lost response gives the same session again', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      const tab = await browser.newTab();
      const { front } = site.parts;
      const wanted = site.path('wanted');
      await tab.open(site.gateway + wanted);
      await tab.waitFor(PASSWORD_FIELD);
      front.loseNext('/continue');
      await enterPassword(site, tab, 'alice');
      await eventually('the response is lost', async () => front.lost.length === 1);
      // A person asks again. Some browsers have done so by themselves: their answer may arrive first and interrupt this one.
      await tab.navigate(site.gateway + front.lost[0])
        .catch((error) => assert.match(error.message, /is interrupted by another navigation|A new navigation interrupted/));
      await waitForPage(site, tab, wanted);
      await tab.reload();
      await waitForPage(site, tab, wanted);
      assert.equal(redeemed(), 1);
      // A browser that asked again by itself and was then reloaded got its cookie twice.
      assert.ok(repeated() >= 1);
    });

    test('a double click on a link ends at its page', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      const tab = await browser.newTab();
      const before = redeemed();
      const wanted = site.path('clicked');
      await tab.open(`${site.gateway}/public`);
      await tab.evaluate(`(() => {
        const link = document.body.appendChild(document.createElement('a'));
        link.href = ${JSON.stringify(wanted)};
        link.click();
        link.click();
      })()`);
      await tab.waitFor(PASSWORD_FIELD);
      await enterPassword(site, tab, 'alice');
      await waitForPage(site, tab, wanted);
      await tab.reload();
      await waitForPage(site, tab, wanted);
      assert.equal(redeemed(), before + 1);
    });
  });
}
