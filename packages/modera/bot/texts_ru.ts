import { creditsText } from "../../notices/reader.ts";
import type { Costs, Texts } from "./texts.ts";

const reader = { language: "ru", timezone: "UTC" } as const;

const credits = (count: number) => creditsText(count, reader);

const priceOf = (costs: Costs, type: keyof Costs) =>
  costs[type] ? ` (${credits(costs[type])})` : "";

/** The bot's words in Russian. */
export const russian: Texts = {
  reader,
  hello: (name) =>
    `Здравствуйте${
      name ? `, ${name}` : ""
    }! Я MODERA: пришлите своё фото и фото вещи, и вы увидите, как она на вас сидит.`,
  help: (costs) =>
    [
      `/tryon: примерить вещь${priceOf(costs, "tryon")}`,
      `/style: ваши цвета, пропорции и стиль${priceOf(costs, "styling")}`,
      "/balance: ваши кредиты",
      "/buy: купить кредиты",
      "/cancel: отменить начатый запрос",
    ].join("\n"),
  commands: {
    tryon: "Примерить вещь",
    style: "Ваши цвета, пропорции и стиль",
    balance: "Ваши кредиты",
    buy: "Купить кредиты",
    cancel: "Отменить начатый запрос",
    help: "Что я умею",
    start: "Начать",
  },
  credits,
  balance: (available) => `У вас ${credits(available)}.`,
  onHold: (pending) => `Ещё ${credits(pending)} отложено на то, что сейчас делается.`,
  expiring: (count, date) => `${count} можно потратить до ${date}.`,
  buy: "Выберите пакет: картой или звёздами Telegram.",
  offer: (count, price) => `${count} · ${price}`,
  starsPrice: (amount) => `${amount} ⭐`,
  cardsUnavailable: "Оплата картой сейчас не работает, звёздами Telegram можно.",
  invoiceTitle: (count) => `MODERA: ${count}`,
  consentButton: "Согласен(на)",
  consentGiven: "Спасибо.",
  sendPerson: "Пришлите своё фото: лицом к камере, от головы до бёдер, вы одни в кадре.",
  sendGarment: "Теперь пришлите фото вещи.",
  sendPortrait: "Пришлите своё фото: лицом к камере, при дневном свете, вы одни в кадре.",
  photoNotExpected: "Что сделать с фото? Сначала выберите /tryon или /style, потом пришлите его.",
  requestExpired: "Это было давно. Выберите /tryon или /style ещё раз.",
  photosThere: "Фото для этого уже есть. Попробовать ещё раз или /cancel?",
  photosPlease: "Жду фото. Если передумали, нажмите /cancel.",
  photoTooLarge: (megabytes) => `Картинка слишком большая: не больше ${megabytes} МБ, пожалуйста.`,
  photoUnreadable: "Не могу открыть это как картинку. Пришлите фото или файл PNG, JPEG, WebP.",
  onlyPhotos: "Я понимаю команды и фото. Смотрите /help.",
  started: {
    tryon: "Делаю. Картинка будет здесь через минуту.",
    styling: "Делаю. Разбор будет здесь через минуту.",
  },
  notEnough: (required, available) => `Для этого нужно ${required}, а у вас ${available}.`,
  buyButton: "Купить кредиты",
  againButton: "Попробовать ещё раз",
  cancelled: "Забыто.",
  nothingToCancel: "Отменять нечего. Начатое закончится само.",
  notUnderstood: "Я не знаю такой команды. Смотрите /help.",
  accountClosed: "Этот аккаунт закрыт.",
  wentWrong: "У нас что-то сломалось. Попробуйте позже, пожалуйста.",
  paymentClosed: "Этот счёт больше нельзя оплатить. Попросите новый: /buy.",
  paymentUnclear: "Этот счёт не сходится с нашими данными. Попросите новый: /buy.",
  paymentNotYours: "Это чужой счёт. Попросите свой: /buy.",
  paymentReturned: "Этот платёж не удалось зачесть, звёзды вернулись к вам.",
};
