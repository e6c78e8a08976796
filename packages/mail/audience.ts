import { z } from "zod";

const moment = z.iso.datetime({ offset: true });

/** By what every product's audience may be filtered; a product adds its own. */
export const commonAudience = {
  signed_up_after: moment.optional(),
  signed_up_before: moment.optional(),
  active_after: moment.optional(),
  active_before: moment.optional(),
  min_credits: z.int32().min(0).optional(),
  max_credits: z.int32().min(0).optional(),
};
