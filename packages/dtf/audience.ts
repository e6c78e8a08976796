import { z } from "zod";
import { commonAudience } from "../mail/audience.ts";

/** Whom a campaign of DTF Editor may be for: people to whom everything applies that is asked. */
export const dtfAudience = z.strictObject({
  plans: z.array(z.enum(["free", "basic", "starter"])).min(1).optional(),
  ...commonAudience,
});
