/** A form in Stripe's encoding, e.g. `metadata[invoice_id]=…&line_items[0][price]=…`. */
export class StripeForm {
  readonly #fields: URLSearchParams;

  constructor(text: string) {
    this.#fields = new URLSearchParams(text);
  }

  get(name: string): string | null {
    return this.#fields.get(name);
  }

  /** A field that is a whole number, or null. */
  integer(name: string): number | null {
    const value = this.#fields.get(name);
    return value !== null && /^-?\d+$/.test(value) ? Number(value) : null;
  }

  /** The members of a hash such as `metadata`. */
  hash(name: string): Record<string, string> {
    const members: Record<string, string> = {};
    for (const [key, value] of this.#fields) {
      const member = key.startsWith(`${name}[`) && key.endsWith("]")
        ? key.slice(name.length + 1, -1)
        : null;
      if (member && !member.includes("[")) members[member] = value;
    }
    return members;
  }

  /** The elements of an array such as `lookup_keys[0]` or `lookup_keys[]`. */
  array(name: string): string[] {
    return [...this.#fields].filter(([key]) => key.startsWith(`${name}[`)).map(([, value]) =>
      value
    );
  }
}
