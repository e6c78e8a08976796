import { eventually } from "../harness/eventually.ts";
import { callJson, service, type User } from "../harness/platform.ts";
import { freshKey, newAdmin } from "./people.ts";

/** A feed import as the function answers it. */
export type FeedImport = {
  import_id: string;
  partner: string;
  status: string;
  rows_read: number;
  rows_imported: number;
  rows_refused: number;
  made_unavailable: number;
  failure: { code: string; message: string } | null;
};

/** Columns of a product, one of which a test may change. */
export type Columns = Record<string, string | number | boolean | string[]>;

/** A partner of its own for one test, and an admin who looks after it. */
export class Shop {
  private constructor(readonly admin: User, readonly code: string) {}

  static async open(change: Record<string, unknown> = {}): Promise<Shop> {
    const shop = new Shop(await newAdmin("modera"), `shop-${crypto.randomUUID().slice(0, 8)}`);
    const body = {
      name: `Shop ${shop.code}`,
      domains: ["shop.example.com"],
      commission_rate: 0.1,
      currency: "USD",
      ...change,
    };
    const { status } = await callJson(`partners/${shop.code}`, {
      method: "PUT",
      caller: shop.admin,
      body,
    });
    if (status !== 200) throw new Error(`the partner was refused with ${status}`);
    return shop;
  }

  /** Puts a feed into the partner's folder and returns its path. */
  async upload(feed: string | Uint8Array<ArrayBuffer>, name = "feed.csv"): Promise<string> {
    const path = `${this.code}/${crypto.randomUUID()}-${name}`;
    const contentType = name.endsWith(".csv") ? "text/csv" : "application/json";
    const { error } = await service().storage.from("modera-feeds")
      .upload(path, new Blob([feed], { type: contentType }));
    if (error) throw error;
    return path;
  }

  /** Asks for an import. */
  start<T = FeedImport>(
    path: string,
    change: { mode?: string; key?: string; caller?: User } = {},
  ): Promise<{ status: number; headers: Headers; body: T }> {
    const { mode = "full", key = freshKey(), caller = this.admin } = change;
    return callJson<T>("partner-feed", {
      caller,
      key,
      body: { partner: this.code, path, mode },
    });
  }

  async read(importId: string): Promise<FeedImport> {
    return (await callJson<FeedImport>(`partner-feed/${importId}`, { caller: this.admin })).body;
  }

  /** Imports a feed and waits for its end. */
  async import(
    feed: string | Uint8Array<ArrayBuffer>,
    { name = "feed.csv", mode = "full" } = {},
  ): Promise<FeedImport> {
    const begun = await this.start(await this.upload(feed, name), { mode });
    if (begun.status !== 202) throw new Error(JSON.stringify(begun.body));
    return await eventually(
      () => this.read(begun.body.import_id),
      ({ status }) => status === "completed" || status === "failed",
    );
  }

  /** Why rows were refused, as "line field code". */
  async errors(importId: string): Promise<string[]> {
    const { body } = await callJson<{ errors: { line: number; field: string; code: string }[] }>(
      `partner-feed/${importId}/errors`,
      { caller: this.admin },
    );
    return body.errors.map(({ line, field, code }) =>
      `${line} ${field} ${code}`.replace("  ", " ")
    );
  }
}

/** A product that nothing is wrong with. */
export function columnsOf(product_id: string, change: Columns = {}): Columns {
  return {
    product_id,
    title: `Linen dress ${product_id}`,
    brand: "Acme",
    category: "dresses",
    sizes: "S|M",
    colour: "navy",
    price: "29.90",
    currency: "USD",
    url: `https://shop.example.com/${product_id}`,
    available: "true",
    ...change,
  };
}

/** Products as CSV, with the columns of the first. */
export function csv(products: Columns[]): string {
  const header = Object.keys(products[0] ?? columnsOf("none"));
  const cell = (value: unknown) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const rows = products.map((product) => header.map((name) => cell(product[name])).join(","));
  return [header.join(","), ...rows].join("\n");
}
