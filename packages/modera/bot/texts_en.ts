import { creditsText } from "../../notices/reader.ts";
import type { Costs, Texts } from "./texts.ts";

const reader = { language: "en", timezone: "UTC" } as const;

const credits = (count: number) => creditsText(count, reader);

const priceOf = (costs: Costs, type: keyof Costs) =>
  costs[type] ? ` (${credits(costs[type])})` : "";

/** The bot's words in English. */
export const english: Texts = {
  reader,
  hello: (name) =>
    `Hello${
      name ? `, ${name}` : ""
    }! I am MODERA: send me a photo of yourself and one of a garment, and see how it looks on you.`,
  help: (costs) =>
    [
      `/tryon: try a garment on${priceOf(costs, "tryon")}`,
      `/style: your colours, proportions and style${priceOf(costs, "styling")}`,
      "/balance: your credits",
      "/buy: more credits",
      "/cancel: never mind what you were asking for",
    ].join("\n"),
  commands: {
    tryon: "Try a garment on",
    style: "Your colours, proportions and style",
    balance: "Your credits",
    buy: "Buy credits",
    cancel: "Stop the current request",
    help: "What I can do",
    start: "Begin",
  },
  credits,
  balance: (available) => `You have ${credits(available)}.`,
  onHold: (pending) => `${credits(pending)} more are on hold for what is under way.`,
  expiring: (count, date) => `${count} can be spent until ${date}.`,
  buy: "Choose a pack: by card, or with Telegram Stars.",
  offer: (count, price) => `${count} · ${price}`,
  starsPrice: (amount) => `${amount} ⭐`,
  cardsUnavailable: "Payment by card does not work at the moment; Telegram Stars do.",
  invoiceTitle: (count) => `MODERA: ${count}`,
  consentButton: "I agree",
  consentGiven: "Thank you.",
  sendPerson:
    "Send me a photo of yourself: facing the camera, from head to hips, alone in the picture.",
  sendGarment: "Now send me a photo of the garment.",
  sendPortrait:
    "Send me a photo of yourself: facing the camera, in daylight, alone in the picture.",
  photoNotExpected: "What shall I do with the photo? Choose /tryon or /style first, then send it.",
  requestExpired: "That was a while ago. Choose /tryon or /style again.",
  photosThere: "I have the photos for this. Shall I try again, or /cancel?",
  photosPlease: "I am waiting for a photo. /cancel if you changed your mind.",
  photoTooLarge: (megabytes) => `This picture is too large: ${megabytes} MB at most, please.`,
  photoUnreadable: "I cannot read this as a picture. Send a photo, or a PNG, JPEG or WebP file.",
  onlyPhotos: "I understand commands and photos. See /help.",
  started: {
    tryon: "I am on it. The picture will be here in a minute.",
    styling: "I am on it. Your analysis will be here in a minute.",
  },
  notEnough: (required, available) => `This takes ${required}, and you have ${available}.`,
  buyButton: "Buy credits",
  againButton: "Try again",
  cancelled: "Forgotten.",
  nothingToCancel: "There is nothing to stop. What is under way ends by itself.",
  notUnderstood: "I do not know this command. See /help.",
  accountClosed: "This account is closed.",
  wentWrong: "Something went wrong on our side. Please try again later.",
  paymentClosed: "This invoice can no longer be paid. Ask for a new one with /buy.",
  paymentUnclear: "This invoice does not match our books. Ask for a new one with /buy.",
  paymentNotYours: "This invoice is another person's. Ask for one of your own with /buy.",
  paymentReturned: "This payment could not be used, so your Stars were given back.",
};
