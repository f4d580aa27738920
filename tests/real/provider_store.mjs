// The store of the certified provider for codes, tokens and sessions: in memory, and independent of its signing keys.

/** An adapter for `oidc-provider`; everything it makes shares one store. */
export function makeStore() {
  const entries = new Map();
  return class {
    constructor(kind) {
      this.kind = kind;
    }

    #name(id) {
      return `${this.kind}:${id}`;
    }

    #where(isWanted) {
      return [...entries].find(([name, payload]) => name.startsWith(`${this.kind}:`) && isWanted(payload))?.[1];
    }

    async upsert(id, payload) {
      entries.set(this.#name(id), payload);
    }

    async find(id) {
      return entries.get(this.#name(id));
    }

    async findByUid(uid) {
      return this.#where((payload) => payload.uid === uid);
    }

    async findByUserCode(userCode) {
      return this.#where((payload) => payload.userCode === userCode);
    }

    async consume(id) {
      entries.get(this.#name(id)).consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      entries.delete(this.#name(id));
    }

    async revokeByGrantId(grantId) {
      for (const [name, payload] of entries) if (payload.grantId === grantId) entries.delete(name);
    }
  };
}
