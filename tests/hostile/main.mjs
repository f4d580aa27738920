// Runs the named scenarios, or all, stores their rows in target/hostile/<name>.json and prints them as Markdown tables.
// Exits with 1 when a row of VESTIBULE_BIN did not hold.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { openLab } from './lab.mjs';
import { table } from './table.mjs';

const results = fileURLToPath(new URL('../../target/hostile/', import.meta.url));
const scenarios = readdirSync(new URL('scenarios/', import.meta.url)).map((file) => file.replace(/\.mjs$/, '')).sort();

const names = process.argv.slice(2);
if (names[0] === 'list') {
  process.stdout.write(`${scenarios.join('\n')}\n`);
  process.exit(0);
}
const unknown = names.filter((name) => !scenarios.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no scenario ${unknown.join(', ')}; the scenarios are: ${scenarios.join(', ')}\n`);
  process.exit(2);
}

// A client that is cut off may fail after its scenario has stopped listening; that is what the attack does, not a fault of it.
process.on('uncaughtException', (error) => {
  if (!CUT_OFF.has(error.code)) throw error;
});
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ECONNREFUSED', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_STREAM_CANCEL']);

// An end by a signal ends the programs of the scenario, too.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

mkdirSync(results, { recursive: true });
let failed = false;
for (const name of names.length > 0 ? names : scenarios) {
  const scenario = await import(`./scenarios/${name}.mjs`);
  const { VESTIBULE_BIN: after, BASE_BIN: before } = process.env;
  const lab = openLab({ ...(before && { before }), after });
  const begun = Date.now();
  let rows;
  try {
    rows = await scenario.run(lab);
  } catch (error) {
    rows = [{ program: 'harness', told: `failed: ${error.stack}`, held: false }];
  }
  lab.close();
  failed ||= rows.some((row) => row.held === false && ['after', 'harness'].includes(row.program));
  const seconds = Math.round((Date.now() - begun) / 1000);
  writeFileSync(`${results}${name}.json`, `${JSON.stringify({ name, title: scenario.title, seconds, rows }, null, 1)}\n`);
  process.stdout.write(table({ name, title: scenario.title, seconds, rows }));
}
process.exit(failed ? 1 : 0);
