// A client with a session that asks for a small page 20 times a second over a new and over a kept connection, and for /healthz twice a
// second. It is a thread of its own, so that an attack from this process does not slow it down.

import { Agent as ClearAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { exchange } from './browser.mjs';

/** Starts a watcher. `target`: `{ origin, ca, cookie, expected, healthz, path }`. `stop()` returns what it saw. */
export async function watch({ origin, ca, cookie, expected = '', healthz, path = '/' }) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { origin, ca, cookie, expected, healthz, path } });
  const told = (kind) => new Promise((resolve, reject) => {
    worker.on('message', (message) => { if (message.kind === kind) resolve(message); });
    worker.once('error', reject);
  });
  await told('started');
  return {
    async stop() {
      worker.postMessage('stop');
      const { summary } = await told('summary');
      await worker.terminate();
      return summary;
    },
  };
}

function run({ origin, ca, cookie, expected, healthz, path }) {
  const Agent = origin.startsWith('https:') ? SecureAgent : ClearAgent;
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  const series = { new: [], kept: [], healthz: [] };
  const errors = {};
  const headers = cookie ? { cookie } : {};
  const pending = new Set();

  const ask = (kind, url, options) => {
    const begun = performance.now();
    const asked = exchange(url, { timeout: LIMIT_MS, ...options }).then((answer) => {
      series[kind].push(performance.now() - begun);
      if (answer.status !== 200) note(kind, `status ${answer.status}`);
      else if (kind !== 'healthz' && !answer.body.includes(expected)) note(kind, 'wrong answer');
    }, (error) => {
      series[kind].push(performance.now() - begun);
      note(kind, error.code ?? error.message);
    }).finally(() => pending.delete(asked));
    pending.add(asked);
  };
  const note = (kind, what) => { errors[`${kind}: ${what}`] = (errors[`${kind}: ${what}`] ?? 0) + 1; };

  const url = origin + path;
  // One question at a time over the kept connection; a new one when the last has its answer.
  let busy = false;
  const timers = [
    setInterval(() => ask('new', url, { agent: false, ca, headers: { ...headers, connection: 'close' } }), 50),
    setInterval(async () => {
      if (busy) return;
      busy = true;
      ask('kept', url, { agent: kept, ca, headers });
      await Promise.all([...pending].slice(-1));
      busy = false;
    }, 50),
  ];
  if (healthz) timers.push(setInterval(() => ask('healthz', healthz, { agent: false }), 500));

  parentPort.once('message', async () => {
    timers.forEach(clearInterval);
    await Promise.all(pending);
    kept.destroy();
    parentPort.postMessage({ kind: 'summary', summary: summarize(series, errors) });
  });
  parentPort.postMessage({ kind: 'started' });
}

function summarize(series, errors) {
  const pages = [...series.new, ...series.kept].sort((a, b) => a - b);
  const at = (part) => Math.round(pages[Math.min(pages.length - 1, Math.floor(pages.length * part))] ?? 0);
  return {
    requests: pages.length + series.healthz.length,
    errors: Object.values(errors).reduce((sum, count) => sum + count, 0),
    kinds: errors,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
  };
}

const LIMIT_MS = 10_000;

if (!isMainThread && workerData?.origin) run(workerData);
