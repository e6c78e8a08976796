import type { Answer } from "./calls.ts";

/** Names for the database's ids, so that what it answers can be held against what the model answers. */
export class Names {
  readonly #byId = new Map<string, string>();
  readonly #byName = new Map<string, string>();
  /** Holders' numbers by the ids of their accounts. */
  readonly accounts = new Map<string, number>();

  bind(id: string, name: string): void {
    this.#byId.set(id, name);
    this.#byName.set(name, id);
  }

  /** The name of a grant or hold; the id itself when it has none. */
  of(id: string): string {
    return this.#byId.get(id) ?? id;
  }

  idOf(name: string): string {
    return this.#byName.get(name) ?? "00000000-0000-0000-0000-000000000000";
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** `entry 0/3` for the third entry of the first holder: account and sequence are in the id. */
  entry(id: string): string {
    const digits = id.replaceAll("-", "");
    const account = BigInt(`0x${digits.slice(0, 12)}`);
    return `entry ${this.accounts.get(String(account)) ?? "?"}/${Number(`0x${digits.slice(17)}`)}`;
  }

  entryId(name: string): string {
    const [, holder, sequence] = name.match(/^entry (\d+)\/(\d+)$/) ?? [];
    const [account] = [...this.accounts].find(([, index]) => index === Number(holder)) ?? ["0"];
    const hex = (value: string, length: number) => BigInt(value).toString(16).padStart(length, "0");
    const digits = `${hex(account, 12)}80009${hex(sequence ?? "0", 15)}`;
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  }

  /** An answer with names for ids and milliseconds for times; a new id gets the name that `expected` has for it. */
  told(answer: Record<string, unknown>, expected: Answer): Answer {
    const named = (part: Record<string, unknown>, like: Record<string, unknown>) => {
      const copy: Record<string, unknown> = { ...part };
      for (const field of ["grant_id", "hold_id"]) {
        const [id, name] = [part[field], like[field]];
        if (typeof id !== "string") continue;
        if (!this.#byId.has(id) && typeof name === "string" && !this.has(name)) this.bind(id, name);
        copy[field] = this.of(id);
      }
      if (typeof part.entry_id === "string") copy.entry_id = this.entry(part.entry_id);
      if (typeof part.expires_at === "string") copy.expires_at = Date.parse(part.expires_at);
      return copy;
    };
    const told = named(answer, expected);
    const { refusal } = answer;
    return isObject(refusal) ? { ...told, refusal: named(refusal, {}) } : told;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
