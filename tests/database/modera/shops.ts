import type { JSONValue, Sql } from "postgres";

/** A partner as tests know it. */
export type Partner = { id: string; code: string; name: string };

/** Makes a partner of its own at shop.example.com that gives a tenth, in USD. */
export async function makePartner(
  sql: Sql,
  { code = `shop-${crypto.randomUUID().slice(0, 8)}`, rate = 0.1, domains = ["shop.example.com"] } =
    {},
): Promise<Partner> {
  const name = `Shop ${code}`;
  const [row] =
    await sql`insert into modera.partners (code, name, domains, commission_rate, currency)
    values (${code}, ${name}, ${domains}, ${rate}, 'USD') returning id`;
  return { id: row!["id"], code, name };
}

/** What tests vary in a product; the rest is a blue dress for 50 USD. */
export type ProductChange = {
  product_id?: string;
  title?: string;
  brand?: string;
  category?: string;
  sizes?: string[];
  lab?: [number, number, number];
  price?: number;
  currency?: string;
  available?: boolean;
};

/** Puts products into a partner's shop, as a feed would; returns their ids. */
export async function makeProducts(
  sql: Sql,
  partner: Partner,
  products: ProductChange[],
): Promise<string[]> {
  const rows = products.map((change) => {
    const { product_id = crypto.randomUUID(), lab = [32, 20, -50], ...rest } = change;
    return {
      product_id,
      title: `Dress ${product_id}`,
      brand: "Acme",
      category: "dresses",
      sizes: ["S", "M"],
      colour: "blue",
      lab_l: lab[0],
      lab_a: lab[1],
      lab_b: lab[2],
      price: 5000,
      currency: "USD",
      url: `https://shop.example.com/${product_id}`,
      available: true,
      ...rest,
    };
  });
  const made = await sql`
    with feed as (
      insert into modera.feed_imports (partner_id, key, fingerprint, path, etag, format, is_full, status, finished_at)
      values (${partner.id}, ${crypto.randomUUID()}, '\\x', ${`${partner.code}/f.csv`}, '1', 'csv', false, 'completed', private.now())
      returning id)
    insert into modera.partner_products (partner_id, import_id, product_id, title, brand, category, sizes, colour,
      lab_l, lab_a, lab_b, price, currency, url, available)
    select ${partner.id}, feed.id, r.product_id, r.title, r.brand, r.category, r.sizes, r.colour,
      r.lab_l, r.lab_a, r.lab_b, r.price, r.currency, r.url, r.available
    from feed, jsonb_to_recordset(${
    sql.json(rows)
  }) as r (product_id text, title text, brand text, category text, sizes text[],
      colour text, lab_l real, lab_a real, lab_b real, price bigint, currency text, url text, available boolean)
    returning id`;
  return made.map((row) => row["id"]);
}

/** A style analysis with a result; `userId` is the person's in modera.users. */
export async function completedAnalysis(
  sql: Sql,
  userId: string,
  result: { colours?: JSONValue; advice?: JSONValue } = {},
): Promise<string> {
  const [row] = await sql`
    with session as (
      insert into modera.fashion_sessions (user_id, session_type, status, completed_at)
      values (${userId}, 'styling', 'completed', private.now()) returning id, user_id)
    insert into modera.style_analyses (session_id, user_id, input_image_url, color_analysis, style_recommendations, completed_at)
    select s.id, s.user_id, ${`${crypto.randomUUID()}/me.png`}, ${sql.json(result.colours ?? {})},
      ${sql.json(result.advice ?? {})}, private.now() from session s
    returning id`;
  return row!["id"];
}

/** A product that an analysis recommended, as the service would have kept it. */
export async function makeRecommendation(
  sql: Sql,
  { userId, analysis, partner, product = "p1", url = "https://shop.example.com/p1", data = {} }: {
    userId: string;
    analysis: string;
    partner: Partner;
    product?: string;
    url?: string;
    data?: JSONValue;
  },
): Promise<string> {
  const [row] = await sql`
    with request as (
      insert into modera.recommendation_requests (user_id, style_analysis_id, key, fingerprint, credits_used)
      values (${userId}, ${analysis}, ${crypto.randomUUID()}, '\\x', 2) returning id)
    insert into modera.recommendations (request_id, style_analysis_id, user_id, partner_id, product_id, product_url, product_data,
      recommendation_score, recommendation_reason, category)
    select request.id, ${analysis}, ${userId}, ${partner.id}, ${product}, ${url}, ${
    sql.json(data)
  }, 0.9, 'It fits.', 'dresses'
    from request returning id`;
  return row!["id"];
}
