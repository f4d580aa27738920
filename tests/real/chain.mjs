// The steps of a user, for every browser and provider: sign in, use, go back, reload, sign out.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { assertPageIsClean } from './secrets.mjs';

/** Opens a protected path, enters the password at the provider and waits for the wanted page. */
export async function signIn(site, tab, user, path = '/') {
  await tab.open(site.gateway + path);
  await enterPassword(site, tab, user);
  await waitForPage(site, tab, path);
  await assertPageIsClean(site, tab);
}

/** Fills in the provider's login form; fails if it is not shown. */
export async function enterPassword(site, tab, user) {
  await tab.waitFor(PASSWORD_FIELD);
  await tab.fill('input[name=username]', user);
  await tab.fill(PASSWORD_FIELD, site.password(user));
  await tab.click(SUBMIT);
}

/** Waits for a page of the application with a signed-in user, at exactly this path and query. */
export async function waitForPage(site, tab, path) {
  await tab.until(`location.href === ${JSON.stringify(site.gateway + path)} && Boolean(${USER})`);
}

/** Opens a path and expects its page at once, without a password. */
export async function visit(site, tab, path) {
  await tab.open(site.gateway + path);
  await waitForPage(site, tab, path);
  await assertPageIsClean(site, tab);
}

/** Signs out on the gateway's page, confirms at the provider if it asks, and ends at the gateway's page after sign-out. */
export async function signOut(site, tab, see = async () => {}) {
  await tab.open(`${site.gateway}/.auth/logout`);
  await tab.waitFor(FORM_BUTTON);
  await assertPageIsClean(site, tab);
  await see('logout');
  await tab.click(FORM_BUTTON);
  const done = `${site.gateway}/.auth/logout/done`;
  const isDone = `location.origin + location.pathname === ${JSON.stringify(done)}`;
  await tab.until(`${isDone} || (location.origin === ${JSON.stringify(site.provider)} && document.querySelector(${JSON.stringify(PROVIDER_YES)}))`);
  if (!(await tab.evaluate(isDone))) await tab.click(PROVIDER_YES);
  await tab.waitForAddress(done);
  await assertPageIsClean(site, tab);
  await see('signed-out');
}

/** The whole chain: sign in, use, go back, reload, repeat the response, sign out, enter a password again. */
export async function wholeChain(site, browser, { label, response }) {
  const see = (tab) => async (name) => tab.screenshot(screenshotPath(`${label}-${browser.name}-${name}`));
  const tab = await browser.newTab();
  const wanted = site.path('wanted');

  await signIn(site, tab, 'alice', wanted);
  const user = await tab.text('#user');
  await see(tab)('signed-in');

  await visit(site, tab, site.path('other'));
  assert.equal(await tab.text('#user'), user);
  await tab.back();
  await waitForPage(site, tab, wanted);

  // The history entry before the wanted page is the provider's form; whatever it shows, the user stays signed in.
  await tab.back();
  await tab.until(`location.origin === ${JSON.stringify(site.provider)} || Boolean(${USER})`);
  await assertPageIsClean(site, tab);
  await visit(site, tab, wanted);

  await tab.reload();
  await waitForPage(site, tab, wanted);
  assert.equal(await tab.text('#user'), user);

  const sent = response?.();
  if (sent) await repeatResponse(site, tab, sent, wanted);

  await signOut(site, tab, see(tab));
  await tab.open(site.gateway + wanted);
  await tab.waitFor(PASSWORD_FIELD);
  await enterPassword(site, tab, 'bob');
  await waitForPage(site, tab, wanted);
  assert.notEqual(await tab.text('#user'), user, 'bob is not alice');
}

/** Two tabs start a sign-in, then both complete it: each must reach its own page. */
export async function twoTabs(site, browser) {
  const [first, second] = [await browser.newTab(), await browser.newTab()];
  await first.open(site.gateway + site.path('first'));
  await first.waitFor(PASSWORD_FIELD);
  await second.open(site.gateway + site.path('second'));
  await second.waitFor(PASSWORD_FIELD);

  await enterPassword(site, second, 'alice');
  await waitForPage(site, second, site.path('second'));
  await enterPassword(site, first, 'alice');
  await waitForPage(site, first, site.path('first'));

  for (const [tab, name] of [[first, 'first'], [second, 'second']]) {
    await assertPageIsClean(site, tab);
    await tab.reload();
    await waitForPage(site, tab, site.path(name));
  }
  return [first, second];
}

/** Posts the provider's response again, as a reload of the callback does, and then opens `continue` again. */
async function repeatResponse(site, tab, { address, fields }, wanted) {
  await tab.open(site.parts.elsewhere.post(address, fields));
  await tab.waitFor('#send');
  await tab.click('#send');
  await waitForPage(site, tab, wanted);
  await assertPageIsClean(site, tab);

  await tab.open(`${address.replace(/callback$/, 'continue')}?t=${tagOf(fields.state)}`);
  await waitForPage(site, tab, wanted);
}

/** The tag of a sign-in: in the names of its cookies and in the URL of `continue`. */
export function tagOf(state) {
  return createHash('sha256').update(state).digest().subarray(0, 12).toString('base64url');
}

/** The path of a screenshot. */
export function screenshotPath(name) {
  const folder = fileURLToPath(new URL('screenshots/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}.png`;
}

export const PASSWORD_FIELD = 'input[name=password]';
export const FORM_BUTTON = 'form[method=post] [type=submit], form[method=post] button:not([type])';
const SUBMIT = 'form [type=submit], form button:not([type])';
const PROVIDER_YES = `#yes, ${FORM_BUTTON}`;
const USER = 'document.querySelector("#user")?.textContent.trim()';
