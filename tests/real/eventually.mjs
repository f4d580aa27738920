// Waits for a condition, never for a fixed time: the limit only ends a test that fails.

import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks until `condition` gives something truthy, and returns that. A throw counts as "not yet", unless the error is `final`.
 * Fails with `what` and the last error after half a minute, also when the condition itself never answers.
 */
export async function eventually(what, condition) {
  const asking = new AbortController();
  const limit = pause(GIVE_UP_MS, TOO_LATE, { signal: asking.signal });
  limit.catch(() => {});
  let last;
  try {
    for (;;) {
      const answer = await Promise.race([attempt(condition), limit]);
      if (answer === TOO_LATE) throw new Error(`timed out: ${what}`, { cause: last });
      if (answer.value) return answer.value;
      last = answer.error;
      if (last?.final) throw last;
      await pause(ASK_AGAIN_MS);
    }
  } finally {
    asking.abort();
  }
}

async function attempt(condition) {
  try {
    return { value: await condition() };
  } catch (error) {
    return { error };
  }
}

const GIVE_UP_MS = 30_000;
const ASK_AGAIN_MS = 25;
const TOO_LATE = Symbol('too late');
