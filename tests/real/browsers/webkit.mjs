// WebKitGTK (its MiniBrowser) through its own WebDriver, on a virtual display. W3C WebDriver, spoken directly.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { eventually } from '../eventually.mjs';
import { freePort } from '../ports.mjs';
import { Tab } from './tab.mjs';

/** Starts a WebKit with a new, private home. */
export async function launch() {
  const home = mkdtempSync(join(tmpdir(), 'vestibule-webkit-'));
  const children = [];
  const close = async () => {
    for (const child of children.reverse()) await end(child);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const display = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    children.push(display);
    const number = await firstLine(display, display.stdio[3]);

    const { port, driver } = await startDriver({
      PATH: process.env.PATH,
      DISPLAY: `:${number}`,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      XDG_CACHE_HOME: home,
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
    });
    children.push(driver);

    const wire = new Wire(port);
    await wire.begin();
    const [first] = await wire.ask('GET', '/window/handles');
    let unused = first;
    return {
      name: 'webkit',
      async newTab() {
        const handle = unused ?? (await wire.ask('POST', '/window/new', { type: 'tab' })).handle;
        unused = undefined;
        return new WebKitTab(wire, handle);
      },
      async close() {
        await wire.end();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

class WebKitTab extends Tab {
  #wire;
  #handle;

  constructor(wire, handle) {
    super();
    this.#wire = wire;
    this.#handle = handle;
  }

  async navigate(url) {
    await this.#ask('POST', '/url', { url });
  }

  async evaluate(expression) {
    return this.#ask('POST', '/execute/sync', { script: `return (${expression});`, args: [] });
  }

  async fill(selector, value) {
    const element = await this.#find(selector);
    await this.#ask('POST', `${element}/clear`, {});
    await this.#ask('POST', `${element}/value`, { text: value });
  }

  async click(selector) {
    await this.#ask('POST', `${await this.#find(selector)}/click`, {});
  }

  async goBack() {
    await this.#ask('POST', '/back', {});
  }

  async refresh() {
    await this.#ask('POST', '/refresh', {});
  }

  async screenshot(path) {
    writeFileSync(path, Buffer.from(await this.#ask('GET', '/screenshot'), 'base64'));
  }

  async close() {
    await this.#ask('DELETE', '/window');
  }

  async #find(selector) {
    const found = await this.#ask('POST', '/element', { using: 'css selector', value: selector });
    return `/element/${Object.values(found)[0]}`;
  }

  /** One command to this tab: commands go to the window chosen last, so choosing and asking are one step. */
  #ask(method, path, body) {
    return this.#wire.alone(async () => {
      await this.#wire.ask('POST', '/window', { handle: this.#handle });
      return this.#wire.ask(method, path, body);
    });
  }
}

/** A WebDriver session. */
class Wire {
  #base;
  #session;
  #last = Promise.resolve();

  constructor(port) {
    this.#base = `http://127.0.0.1:${port}`;
  }

  async begin() {
    const { sessionId } = await this.#send('POST', '/session', {
      capabilities: {
        alwaysMatch: {
          acceptInsecureCerts: true,
          'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
        },
      },
    });
    this.#session = `/session/${sessionId}`;
  }

  ask(method, path, body) {
    return this.#send(method, this.#session + path, body);
  }

  /** Runs `steps` with no other such steps between. */
  alone(steps) {
    const mine = this.#last.then(steps);
    this.#last = mine.catch(() => {});
    return mine;
  }

  end() {
    return this.#send('DELETE', this.#session);
  }

  async #send(method, path, body) {
    const response = await fetch(this.#base + path, { method, body: body && JSON.stringify(body) });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }
}

/** The driver has no way to say which port it got, so it is given one. */
async function startDriver(env) {
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { env, stdio: 'ignore' });
  let failure;
  driver.once('error', (error) => { failure = error; });
  driver.once('exit', (code) => { failure ??= new Error(`WebKitWebDriver ended with ${code}`); });
  await eventually('WebKitWebDriver listens', async () => {
    if (failure) throw Object.assign(failure, { final: true });
    return (await fetch(`http://127.0.0.1:${port}/status`)).ok;
  });
  return { port, driver };
}

function miniBrowser() {
  if (process.env.MINIBROWSER) return process.env.MINIBROWSER;
  for (const folder of readdirSync('/usr/lib', { withFileTypes: true })) {
    if (!folder.isDirectory() || !folder.name.includes('-linux-')) continue;
    const inside = join('/usr/lib', folder.name);
    const home = readdirSync(inside).filter((name) => name.startsWith('webkit2gtk-')).sort().at(-1);
    if (home) return join(inside, home, 'MiniBrowser');
  }
  throw new Error('no MiniBrowser: install webkit2gtk-driver, or name it in MINIBROWSER');
}

function firstLine(child, stream) {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnfile} ended with ${code}`)));
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.trim());
    });
  });
}

function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}
