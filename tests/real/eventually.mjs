// Waiting for a condition, never for a time: the limit only says when to give up on a fault.

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until `condition` gives something truthy, and returns that. A throw counts as "not yet", unless the error is `final`.
 * Fails with `what` and the last error after half a minute.
 */
export async function eventually(what, condition) {
  const end = performance.now() + GIVE_UP_MS;
  let last;
  while (performance.now() < end) {
    try {
      const answer = await condition();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    await pause(ASK_AGAIN_MS);
  }
  throw new Error(`it never came: ${what}`, { cause: last });
}

const GIVE_UP_MS = 30_000;
const ASK_AGAIN_MS = 25;
