// A sign-in preserves the fragment of the page and a form with a file that was submitted without a session.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import * as chromium from './browsers/chromium.mjs';
import * as firefox from './browsers/firefox.mjs';
import * as webkit from './browsers/webkit.mjs';
import { FORM_BUTTON, enterPassword, screenshotPath, signIn, signOut, waitForPage } from './chain.mjs';
import { startCertified } from './world.mjs';

for (const [name, { launch }] of Object.entries({ chromium, firefox, webkit })) {
  describe(`fragments and preserved forms, certified provider, ${name}`, () => {
    let site;
    before(async () => { site = await startCertified(); });
    after(() => site?.stop());

    test('a fragment survives the sign-in, and back works', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      const tab = await browser.newTab();
      const before = await tab.historyLength();
      const wanted = `${site.path('wanted')}#/route/7?tab=a%20b&x=%2F`;
      await signIn(site, tab, 'alice', wanted);
      assert.ok(site.parts.application.requests.every(({ url }) => !url.includes('route')));
      assert.ok(site.parts.gateway.log().every((line) => !line.includes('route')));
      const entries = (await tab.historyLength()) - before;
      assert.ok(entries <= 3, `intermediate pages must leave no history entry: ${entries}`);
      await tab.reload();
      await waitForPage(site, tab, wanted);
      await signOut(site, tab);
    });

    test('a form with a file is preserved and submitted once unchanged', async (t) => {
      const browser = await launch();
      t.after(() => browser.close());
      const { requests } = site.parts.application;
      const tab = await browser.newTab();
      const page = '/strict/form';
      await signIn(site, tab, 'alice', page);
      const other = await browser.newTab();
      await signOut(site, other);

      await tab.evaluate(CHOOSE_FILE);
      const sent = requests.length;
      await tab.leave(() => tab.click('#upload button'));
      await enterPassword(site, tab, 'alice');
      await tab.until(`location.pathname === '/.auth/resume' && Boolean(document.querySelector(${JSON.stringify(FORM_BUTTON)}))`);
      await tab.reload();
      await tab.waitFor(FORM_BUTTON);
      const text = await tab.text('main');
      for (const part of ['Alice Example', `${site.gateway}/uploaded?from=form`, 'has not been sent yet']) {
        assert.ok(text.includes(part), `${part}: ${text}`);
      }
      await tab.screenshot(screenshotPath(`preserved-post-${name}`));
      assert.equal(requests.slice(sent).filter(({ method }) => method === 'POST').length, 0);

      await tab.click(FORM_BUTTON);
      await waitForPage(site, tab, '/uploaded?from=form');
      const posts = requests.slice(sent).filter(({ method }) => method === 'POST');
      assert.equal(posts.length, 1);
      const [{ url, headers, body }] = posts;
      assert.equal(url, '/uploaded?from=form');
      const boundary = /^multipart\/form-data; *boundary=(.+)$/.exec(headers['content-type'])?.[1];
      assert.ok(boundary && body.includes(`--${boundary}--`), headers['content-type']);
      assert.ok(body.includes(Buffer.from(FILE)) && body.includes('Grüße & more'), body.toString());
      assert.equal(Number(headers['content-length']), body.length);
      assert.equal(headers.referer, site.gateway + page);

      // Back: the page of the preserved form says that the form is no longer stored.
      await tab.back();
      await tab.until(`location.pathname === '/.auth/resume' && document.querySelector('#reason')?.textContent === 'kept-form-gone'`);
      assert.equal(requests.slice(sent).filter(({ method }) => method === 'POST').length, 1);
    });
  });
}

const FILE = [0, 255, 13, 10, 45, 45, 128, 10, 13, 7];
const CHOOSE_FILE = `(() => {
  const chosen = new DataTransfer();
  chosen.items.add(new File([new Uint8Array(${JSON.stringify(FILE)})], 'ünï.bin'));
  document.querySelector('#upload input[type=file]').files = chosen.files;
})()`;
