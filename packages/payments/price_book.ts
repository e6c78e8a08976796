import type { Sql } from "postgres";
import type { Session } from "../database/database.ts";
import type { PriceBook } from "./catalogue.ts";

/** The catalogue as the service sees it. */
export function serviceBook(service: Session): PriceBook {
  return {
    livePrices: () => service.rpc("api", "live_prices", { product: null }),
    async linkPrice(price_id, provider_price_id) {
      await service.rpc("api", "link_price", { price_id, provider_price_id });
    },
  };
}

/** The catalogue as an operator sees it who is on the database. */
export function operatorBook(sql: Sql): PriceBook {
  return {
    async livePrices() {
      const [row] = await sql`select billing.live_prices(null) as prices`;
      return row?.["prices"];
    },
    async linkPrice(priceId, stripeId) {
      await sql`select billing.link_price(${priceId}, ${stripeId})`;
    },
  };
}
