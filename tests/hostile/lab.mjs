// What every scenario uses: the programs to attack one after another, and the measurement of one attack.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { makeAuthority } from '../real/authority.mjs';
import { startGateway } from './gateway.mjs';
import { startPeer } from './peers.mjs';
import { watchMemory } from './processes.mjs';
import { watch } from './watcher.mjs';

/** A folder and a certificate authority for one run, and the binaries by label. */
export function openLab(binaries) {
  const folder = mkdtempSync(join(tmpdir(), 'vestibule-hostile-'));
  // nginx's workers run as another user.
  return { folder, authority: makeAuthority(folder), binaries, close: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * Runs `attempt(target)` against each binary and each of `peers`, each in a process of its own, and returns the rows. `options`: those
 * of `startGateway`, or a function that makes them.
 */
export async function eachTarget(lab, { peers = [], options = {}, peerOptions = options }, attempt) {
  const rows = [];
  const one = async (begin) => {
    const target = await begin();
    try {
      rows.push({ program: target.program, ...(await attempt(target)) });
    } finally {
      await target.stop();
    }
  };
  const made = (given) => (typeof given === 'function' ? given() : given);
  for (const [label, bin] of Object.entries(lab.binaries)) await one(async () => startGateway({ lab, label, bin, ...(await made(options)) }));
  for (const name of peers) await one(async () => startPeer({ lab, name, ...(await made(peerOptions)) }));
  return rows;
}

/**
 * Measures one attack: `begin()` starts it and returns `{ end }`; after `seconds`, `end()` ends it and returns `{ told, held }`: what
 * happened in words, and whether that is right. `path`: the page that the watcher asks for. `patient`: its errors alone are no failure.
 */
export async function measure(target, { seconds, path, calm = 2, patient = false, begin }) {
  const memory = watchMemory(target.pids);
  const watcher = await watch({ ...target, cookie: target.watched, path });
  await pause(1000);
  const attack = await begin(memory);
  await pause((target.isPeer ? Math.min(seconds, 15) : seconds) * 1000);
  const { told, held } = await attack.end();
  await pause(calm * 1000);
  const seen = await watcher.stop();
  const died = target.ending();
  return {
    memory: memory.stop(),
    watcher: seen,
    told: died ? `${told}; the process ended: ${died}` : told,
    held: held && (patient || seen.errors === 0) && !died,
  };
}
