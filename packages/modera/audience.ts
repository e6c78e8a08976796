import { z } from "zod";
import { commonAudience } from "../mail/audience.ts";

/** Whom a campaign of MODERA may be for: people to whom everything applies that is asked. */
export const moderaAudience = z.strictObject({
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/, "A language, such as en.")).min(1).max(20)
    .optional(),
  ...commonAudience,
});
