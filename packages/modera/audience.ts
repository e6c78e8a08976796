import { z } from "zod";

const moment = z.iso.datetime({ offset: true });

/** Whom a campaign of MODERA may be for: people to whom everything applies that is asked. */
export const moderaAudience = z.strictObject({
  languages: z.array(z.string().regex(/^[a-z]{2,3}$/, "A language, such as en.")).min(1).max(20)
    .optional(),
  signed_up_after: moment.optional(),
  signed_up_before: moment.optional(),
  active_after: moment.optional(),
  active_before: moment.optional(),
  min_credits: z.int32().min(0).optional(),
  max_credits: z.int32().min(0).optional(),
});
