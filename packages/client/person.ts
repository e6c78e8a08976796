import type { Call } from "./client.ts";
import type { ActionOptions, CallOptions, RequestOf } from "./request.ts";
import type { Result } from "./result.ts";
import type { Account, DebitRequest, Entry } from "./shapes.ts";
import type { sleep } from "./transport.ts";
import { untilEnded, type WaitOptions } from "./waiting.ts";

/** What a person's app, and servers, can do. */
export function person(call: Call, wait: typeof sleep) {
  const creditBalance = (query: RequestOf<"getCreditBalance">, how?: CallOptions) =>
    call("getCreditBalance", query, how);
  const getTryOn = (id: string, how?: CallOptions) => call("getTryOnById", { id }, how);
  const getStyleAnalysis = (id: string, how?: CallOptions) =>
    call("getStyleAnalysisById", { id }, how);
  const getExport = (id: string, how?: CallOptions) => call("getAccountExportById", { id }, how);

  return {
    /** Opens an invoice for an offer; the buyer pays at its `url`. */
    checkout: (request: RequestOf<"postCheckout">, how?: ActionOptions) =>
      call("postCheckout", request, how),
    /** The caller's balance, grants and newest entries. */
    creditBalance,
    /** The caller's entries page by page, newest first; ends after a page with an error. */
    async *statement(
      query: Omit<RequestOf<"getCreditBalance">, "cursor">,
    ): AsyncGenerator<Result<Entry[]>> {
      let cursor: string | null = null;
      do {
        const page: Result<Account> = await creditBalance({ ...query, ...(cursor && { cursor }) });
        yield page.error ? page : { data: page.data.entries, error: null };
        cursor = page.data?.next_cursor ?? null;
      } while (cursor !== null);
    },
    /** A plan by the month. */
    subscription: {
      /** The caller's plan, and their subscription as Stripe has it. */
      read: (query: RequestOf<"getSubscribe">) => call("getSubscribe", query),
      /** Opens the page, at `url`, on which a plan is subscribed to. */
      begin: (request: RequestOf<"postSubscribe">, how?: ActionOptions) =>
        call("postSubscribe", request, how),
      /** A higher plan now, a lower one when the period ends. */
      change: (request: RequestOf<"postSubscriptionChange">, how?: ActionOptions) =>
        call("postSubscriptionChange", request, how),
      /** Ends it with its period. */
      cancel: (request: RequestOf<"postSubscriptionCancel">, how?: ActionOptions) =>
        call("postSubscriptionCancel", request, how),
      /** Lets one that was to end go on. */
      resume: (request: RequestOf<"postSubscriptionCancelResume">, how?: ActionOptions) =>
        call("postSubscriptionCancelResume", request, how),
      /** Opens Stripe's page, at `url`, for cards, open invoices and receipts. */
      portal: (request: RequestOf<"postBillingPortal">) => call("postBillingPortal", request),
    },
    /** A pack is bought by itself when credits run low. */
    autoTopUp: {
      /** What the caller agreed to, and how it went. */
      read: (query: RequestOf<"getAutoTopUp">) => call("getAutoTopUp", query),
      /** Agrees to a threshold, an offer and a cap; or ends that with `enabled: false`. */
      set: (request: RequestOf<"putAutoTopUp">) => call("putAutoTopUp", request),
      /** Opens the page, at `url`, on which the caller saves a card for it. */
      saveCard: (request: RequestOf<"postAutoTopUpPaymentMethod">, how?: ActionOptions) =>
        call("postAutoTopUpPaymentMethod", request, how),
      /** Forgets the card, which ends it. */
      forgetCard: (query: RequestOf<"deleteAutoTopUpPaymentMethod">) =>
        call("deleteAutoTopUpPaymentMethod", query),
    },
    /** Charges a holder, as the service: needs `secretKey`. */
    debit: (request: DebitRequest, how?: ActionOptions) => call("postCreditDebit", request, how),

    /** What the caller agrees to. */
    consent: {
      /** What is asked of the caller, in words to show, and whether they agree. */
      read: (query: RequestOf<"getConsent">) => call("getConsent", query),
      /** Agrees to the version that was shown. */
      give: (request: RequestOf<"postConsent">) => call("postConsent", request),
      /** Withdraws it; the caller's photos are deleted. */
      withdraw: (query: RequestOf<"deleteConsent">) => call("deleteConsent", query),
    },
    tryOn: {
      /** Begins a try-on; its price is held. */
      start: (request: RequestOf<"postTryOn">, how?: ActionOptions) =>
        call("postTryOn", request, how),
      get: getTryOn,
      /** Looks until the try-on has ended, well or not. */
      wait: (id: string, how?: WaitOptions) =>
        untilEnded(() => getTryOn(id, how), ({ status }) => !goesOn(status), wait, how),
    },
    styleAnalysis: {
      /** Begins a style analysis; its price is held. */
      start: (request: RequestOf<"postStyleAnalysis">, how?: ActionOptions) =>
        call("postStyleAnalysis", request, how),
      get: getStyleAnalysis,
      /** Looks until the analysis has ended, well or not. */
      wait: (id: string, how?: WaitOptions) =>
        untilEnded(
          () => getStyleAnalysis(id, how),
          ({ status }) => !goesOn(status),
          wait,
          how,
        ),
    },
    session: {
      /** Opens a session ahead of what is asked for in it. */
      start: (request: RequestOf<"postSessionStart">, how?: ActionOptions) =>
        call("postSessionStart", request, how),
      /** Ends one early: what it held is free again. */
      cancel: (request: RequestOf<"postSessionCancel">) => call("postSessionCancel", request),
    },
    /** Partners' products for a style analysis. */
    recommendations: {
      /** Makes them, and charges for them when there are some. */
      start: (request: RequestOf<"postRecommendations">, how?: ActionOptions) =>
        call("postRecommendations", request, how),
      list: (query: RequestOf<"getRecommendations"> = {}) => call("getRecommendations", query),
      /** The caller has seen these. */
      viewed: (request: RequestOf<"postRecommendationsViewed">) =>
        call("postRecommendationsViewed", request),
      /** Keeps one for later, or no more. */
      keep: (request: RequestOf<"patchRecommendationsById">) =>
        call("patchRecommendationsById", request),
    },
    /** Finds partners' products by words. */
    productSearch: (query: RequestOf<"getProductSearch">) => call("getProductSearch", query),
    /** Links by which others see one picture. */
    /** For the page that a mail's link leads to: `token` is in its address. */
    unsubscription: {
      get: (query: RequestOf<"getEmailUnsubscribe">) => call("getEmailUnsubscribe", query),
      confirm: (query: RequestOf<"postEmailUnsubscribe">) => call("postEmailUnsubscribe", query),
    },
    share: {
      /** Makes a link; its token is told this once. */
      create: (request: RequestOf<"postShare">) => call("postShare", request),
      list: (query: RequestOf<"getShare">) => call("getShare", query),
      /** What anybody may see who has the token, which is the end of the link. */
      open: (token: string) => call("getSharePictureByToken", { token }),
      /** Ends a link by its share_id. */
      revoke: (id: string) => call("deleteShareById", { id }),
    },
    telegram: {
      /** Signs in with a Mini App's initData. */
      signIn: (init_data: string) => call("postTelegramSignIn", { init_data }),
      /** Makes a Telegram account the caller's. */
      link: (init_data: string) => call("postTelegramSignInLink", { init_data }),
    },
    account: {
      /** Asks for an archive of everything about the caller. */
      startExport: (how?: ActionOptions) => call("postAccountExport", {}, how),
      getExport,
      /** Looks until the archive is there, or cannot be made. */
      waitForExport: (id: string, how?: WaitOptions) =>
        untilEnded(() => getExport(id, how), ({ state }) => state !== "queued", wait, how),
      /** Has the account erased after 30 days; `confirm` are the words that the person wrote. */
      erase: (request: RequestOf<"postAccountErasure">) => call("postAccountErasure", request),
      /** How the erasure stands. */
      erasure: () => call("getAccountErasure", {}),
      /** Keeps the account after all. */
      keep: () => call("deleteAccountErasure", {}),
    },
    /** DTF Editor: operations on pictures, alone or in a chain; `get` tells how a request stands. */
    operations: {
      upscale: {
        start: (request: RequestOf<"postUpscale">, how?: ActionOptions) =>
          call("postUpscale", request, how),
        get: (id: string) => call("getUpscaleById", { id }),
      },
      removeBackground: {
        start: (request: RequestOf<"postBackgroundRemoval">, how?: ActionOptions) =>
          call("postBackgroundRemoval", request, how),
        get: (id: string) => call("getBackgroundRemovalById", { id }),
      },
      vectorize: {
        start: (request: RequestOf<"postVectorize">, how?: ActionOptions) =>
          call("postVectorize", request, how),
        get: (id: string) => call("getVectorizeById", { id }),
      },
      generate: {
        start: (request: RequestOf<"postGenerate">, how?: ActionOptions) =>
          call("postGenerate", request, how),
        get: (id: string) => call("getGenerateById", { id }),
      },
      halftone: {
        start: (request: RequestOf<"postHalftone">, how?: ActionOptions) =>
          call("postHalftone", request, how),
        get: (id: string) => call("getHalftoneById", { id }),
      },
      knockOut: {
        start: (request: RequestOf<"postColorKnockout">, how?: ActionOptions) =>
          call("postColorKnockout", request, how),
        get: (id: string) => call("getColorKnockoutById", { id }),
      },
      underbase: {
        start: (request: RequestOf<"postUnderbase">, how?: ActionOptions) =>
          call("postUnderbase", request, how),
        get: (id: string) => call("getUnderbaseById", { id }),
      },
    },
    /** DTF Editor: pictures. */
    images: {
      /** Makes room for a picture; its file goes to the answer's address. */
      reserve: (request: RequestOf<"postImageUpload">) => call("postImageUpload", request),
      /** Says that the file is there. */
      confirm: (id: string) => call("postImageUploadById", { id }),
      list: (query: RequestOf<"getImages"> = {}) => call("getImages", query),
      get: (id: string) => call("getImagesById", { id }),
      /** Renames, marks, or sets how large it is printed. */
      change: (request: RequestOf<"patchImagesById">) => call("patchImagesById", request),
      /** Deletes it with all its files. */
      delete: (id: string) => call("deleteImagesById", { id }),
      /** A file to print, with its resolution in it. */
      download: (request: RequestOf<"postImageDownload">) => call("postImageDownload", request),
    },
    /** DTF Editor: collections of pictures. */
    collections: {
      list: () => call("getCollections", {}),
      create: (request: RequestOf<"postCollections">) => call("postCollections", request),
      get: (id: string) => call("getCollectionsById", { id }),
      /** Renames, describes, publishes or hides it. */
      change: (request: RequestOf<"patchCollectionsById">) => call("patchCollectionsById", request),
      /** Deletes it; its pictures stay. */
      delete: (id: string) => call("deleteCollectionsById", { id }),
      put: (id: string, image: string) => call("putCollectionsByIdImagesByImage", { id, image }),
      take: (id: string, image: string) =>
        call("deleteCollectionsByIdImagesByImage", { id, image }),
      /** What anybody may see of a public one: its pictures. */
      open: (id: string) => call("getCollectionsPublicById", { id }),
    },
    /** What is sold, for how much, and what features cost. */
    catalogue: (query: RequestOf<"getCatalogue">) => call("getCatalogue", query),
    /** What of the settings is for everybody. */
    settings: (query: RequestOf<"getSettingsPublic">) => call("getSettingsPublic", query),
    /** Whether requests can be served. */
    health: () => call("getHealth", {}),
    /** Whether functions run at all. */
    live: () => call("getHealthLive", {}),
    /** The description of the API (OpenAPI). */
    description: () => call("getApiDocs", {}),
    /** How the work stands, as Prometheus' text: needs `secretKey`. */
    metrics: () => call("getMetrics", {}),
  };
}

function goesOn(status: string): boolean {
  return status === "active" || status === "processing";
}
