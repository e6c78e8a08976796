import { dtfAudience } from "../dtf/audience.ts";
import { moderaAudience } from "../modera/audience.ts";

/** How each product's audience may be filtered, by product. A product adds its own here. */
export const productAudiences = { modera: moderaAudience, dtf: dtfAudience };
