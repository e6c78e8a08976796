import { chatResultNotices } from "./bot/result_notices.ts";
import type { ProductNotices } from "../notices/notice.ts";
import { lowBalanceNotice } from "../notices/low_balance.ts";
import { accountNotices } from "../notices/account.ts";
import { receiptNotices } from "../notices/receipts.ts";
import { topUpNotices } from "../notices/top_ups.ts";

const brand = { name: "MODERA.FASHION" };

/** What MODERA tells people: in the chat where they have one, else by e-mail. */
export const moderaNotices: ProductNotices = {
  product: "modera",
  notices: [
    ...receiptNotices(brand),
    lowBalanceNotice(brand),
    ...topUpNotices(brand),
    ...accountNotices(brand),
    ...chatResultNotices,
  ],
  channels: ["telegram", "email"],
};
