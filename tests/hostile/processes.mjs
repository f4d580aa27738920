// The programs of a scenario as child processes, and their memory.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Starts a program. `stdio` as in `spawn`. Returns `child`, `ending()` (undefined while it runs), `ended` and `stop(signal)`. */
export function start(command, words, { stdio = ['ignore', 'pipe', 'pipe'], env } = {}) {
  const child = spawn(command, words, { stdio, env: env && { ...process.env, ...env } });
  let ending;
  const ended = new Promise((resolve) => {
    const end = (how) => { ending ??= how; resolve(ending); };
    child.once('error', (error) => end(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => end(signal ?? `exit ${code}`));
  });
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  ended.then(() => process.off('exit', abandon));
  return {
    child,
    ended,
    ending: () => ending,
    async stop(signal = 'SIGKILL') {
      if (!ending) child.kill(signal);
      return ended;
    },
  };
}

/** Starts an application of `applications/`, which prints its port as JSON. Returns `origin`, `port`, `seen()` and `stop()`. */
export async function startApplication(name, words = []) {
  const file = fileURLToPath(new URL(`applications/${name}`, import.meta.url));
  const program = start(name.endsWith('.py') ? 'python3' : 'node', [file, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  const { port } = JSON.parse(await firstLine(program.child.stdout));
  const origin = `http://${words[0] ?? '127.0.0.1'}:${port}`;
  return {
    origin,
    port,
    seen: async () => (await fetch(`${origin}/_seen`, { headers: { connection: 'close' } })).json(),
    stop: () => program.stop(),
  };
}

export async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return line;
  throw new Error('a program ended before it printed a line');
}

/** Reads the memory of processes five times a second. `stop()` returns MB before, at the peak and after. */
export function watchMemory(pids) {
  const total = () => pids().reduce((sum, pid) => sum + resident(pid), 0);
  const before = total();
  let peak = before;
  const timer = setInterval(() => { peak = Math.max(peak, total()); }, 200);
  return {
    peakSoFar: () => megabytes(peak),
    stop() {
      clearInterval(timer);
      return { before: megabytes(before), peak: megabytes(peak), after: megabytes(total()) };
    },
  };
}

/** A process and all its descendants. */
export function family(pid) {
  const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
    try {
      return [Number(name), Number(readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')[1])];
    } catch {
      return [0, 0];
    }
  });
  const members = [pid];
  for (const member of members) members.push(...parents.filter(([, parent]) => parent === member).map(([child]) => child));
  return members;
}

function resident(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function megabytes(kilobytes) {
  return Math.round(kilobytes / 102.4) / 10;
}
