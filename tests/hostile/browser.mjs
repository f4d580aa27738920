// The sign-in of one person over plain HTTP requests, without a browser.

import { request as clear } from 'node:http';
import { request as secure } from 'node:https';

import { PASSWORD } from '../real/provider.mjs';

/** A client with cookies per host. `address`: the loopback address that it connects from. */
export class Browser {
  #jars = new Map();

  constructor({ ca, address = '127.0.0.1' }) {
    this.ca = ca;
    this.address = address;
  }

  /** The Cookie header for an origin. */
  cookie(origin) {
    return [...this.#jar(origin)].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** One request, without following redirects. */
  async send(url, { method = 'GET', headers = {}, body } = {}) {
    const { origin } = new URL(url);
    const answer = await exchange(url, {
      method,
      body,
      headers: { ...NAVIGATION, ...(this.cookie(origin) && { cookie: this.cookie(origin) }), ...headers },
      ca: this.ca,
      localAddress: this.address,
      agent: false,
    });
    for (const line of answer.headers['set-cookie'] ?? []) this.#keep(origin, line);
    return answer;
  }

  /** Signs in at a gateway by way of `path`, and returns its Cookie header. */
  async signIn(origin, user, path = '/') {
    let url = origin + path;
    let answer = await this.send(url);
    for (let step = 0; step < 20; step += 1) {
      if (answer.headers.location) {
        url = new URL(answer.headers.location, url).href;
        answer = await this.send(url);
      } else if (answer.body.includes('name="password"')) {
        const action = /action="([^"]+)"/.exec(answer.body)[1];
        url = new URL(action, url).href;
        answer = await this.send(url, { method: 'POST', headers: FORM, body: `username=${user}&password=${PASSWORD}` });
      } else if (url === origin + path && step > 0) {
        // Whatever the application answers, a session exists.
        return this.cookie(origin);
      } else {
        break;
      }
    }
    throw new Error(`the sign-in of ${user} ended at ${url} with ${answer.status}: ${answer.body.slice(0, 300)}`);
  }

  #jar(origin) {
    const { hostname } = new URL(origin);
    if (!this.#jars.has(hostname)) this.#jars.set(hostname, new Map());
    return this.#jars.get(hostname);
  }

  #keep(origin, line) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
    if (/max-age=0\b/i.test(line) || value === '') this.#jar(origin).delete(name);
    else this.#jar(origin).set(name, value);
  }
}

/**
 * One request and its whole answer: `{ status, headers, body }`. Fails when the answer is incomplete, or after `timeout` ms. A body
 * is sent at once; an answer that comes earlier counts, also when the rest of the body cannot be sent.
 */
export function exchange(url, { method = 'GET', headers = {}, body, timeout = 20_000, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? secure : clear)(url, { method, headers, ...options }, (response) => {
      let text = '';
      response.setEncoding('latin1').on('data', (chunk) => { text += chunk; });
      response.once('end', () => {
        clearTimeout(limit);
        if (response.complete) resolve({ status: response.statusCode, headers: response.headers, body: text });
        else reject(new Error('incomplete'));
      });
      response.once('error', reject);
    });
    const limit = setTimeout(() => request.destroy(new Error('timeout')), timeout);
    request.once('error', (error) => { clearTimeout(limit); reject(error); });
    request.end(body);
  });
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const NAVIGATION = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
};
