import type { ColourName } from "../../colour/names.ts";
import type { Language } from "../../notices/reader.ts";
import type { ChatResult } from "./result_notices.ts";
import type { RequestType } from "./texts.ts";

interface ResultWords {
  ready: Record<RequestType, string>;
  failed: string;
  nothingCharged: string;
  charged: (credits: string) => string;
  season: string;
  wear: string;
  avoid: string;
  shape: string;
  necklines: string;
  fits: string;
}

/** What is said around a result. */
export const resultWords: Record<Language, ResultWords> = {
  en: {
    ready: { tryon: "Here is how it looks.", styling: "Your colours and proportions" },
    failed: "It did not work this time.",
    nothingCharged: "No credits were used.",
    charged: (credits) => `This used ${credits}.`,
    season: "Your season",
    wear: "Wear",
    avoid: "Rather not",
    shape: "Your figure",
    necklines: "Necklines",
    fits: "Cuts",
  },
  ru: {
    ready: { tryon: "Вот как это выглядит.", styling: "Ваши цвета и пропорции" },
    failed: "На этот раз не получилось.",
    nothingCharged: "Кредиты не списаны.",
    charged: (credits) => `Списано: ${credits}.`,
    season: "Ваш цветотип",
    wear: "Носите",
    avoid: "Лучше избегать",
    shape: "Ваша фигура",
    necklines: "Вырезы",
    fits: "Крой",
  },
};

/** Seasons, figures, necklines and cuts, as the local engine's rules name them. */
export const seasons: Record<string, string> = {
  spring: "весна",
  summer: "лето",
  autumn: "осень",
  winter: "зима",
};

export const shapes: Record<string, string> = {
  hourglass: "песочные часы",
  triangle: "груша",
  inverted_triangle: "перевёрнутый треугольник",
  rectangle: "прямоугольник",
  oval: "овал",
};

const colours: Record<ColourName, string> = {
  "white": "белый",
  "ivory": "слоновая кость",
  "cream": "кремовый",
  "beige": "бежевый",
  "sand": "песочный",
  "camel": "верблюжий",
  "tan": "светло-коричневый",
  "taupe": "тауп",
  "light grey": "светло-серый",
  "silver": "серебристый",
  "grey": "серый",
  "slate": "сланцевый",
  "charcoal": "угольный",
  "black": "чёрный",
  "light brown": "светло-коричневый",
  "caramel": "карамельный",
  "brown": "коричневый",
  "chocolate": "шоколадный",
  "rust": "ржавый",
  "terracotta": "терракотовый",
  "brick": "кирпичный",
  "peach": "персиковый",
  "apricot": "абрикосовый",
  "salmon": "лососевый",
  "coral": "коралловый",
  "orange": "оранжевый",
  "burnt orange": "жжёный апельсин",
  "mustard": "горчичный",
  "gold": "золотой",
  "yellow": "жёлтый",
  "lemon": "лимонный",
  "lime green": "лаймовый",
  "olive": "оливковый",
  "khaki": "хаки",
  "moss green": "цвет мха",
  "sage": "шалфейный",
  "mint": "мятный",
  "green": "зелёный",
  "emerald": "изумрудный",
  "forest green": "тёмно-зелёный",
  "teal": "сине-зелёный",
  "turquoise": "бирюзовый",
  "aqua": "аквамариновый",
  "light blue": "светло-голубой",
  "sky blue": "небесно-голубой",
  "denim": "джинсовый",
  "blue": "синий",
  "cobalt": "кобальтовый",
  "royal blue": "королевский синий",
  "navy": "тёмно-синий",
  "periwinkle": "барвинковый",
  "lavender": "лавандовый",
  "lilac": "сиреневый",
  "violet": "фиолетовый",
  "purple": "пурпурный",
  "plum": "сливовый",
  "burgundy": "бордовый",
  "wine": "винный",
  "red": "красный",
  "crimson": "малиново-красный",
  "raspberry": "малиновый",
  "fuchsia": "фуксия",
  "hot pink": "ярко-розовый",
  "pink": "розовый",
  "light pink": "светло-розовый",
  "dusty rose": "пыльная роза",
  "mauve": "розовато-лиловый",
};

export const cuts: Record<string, string> = {
  "v-neck": "V-образный",
  "wrap": "с запахом",
  "boat neck": "лодочка",
  "square neck": "каре",
  "deep v-neck": "глубокий V-образный",
  "scoop neck": "глубокий круглый",
  "sweetheart": "сердечком",
  "crew neck": "круглый",
  "open collar": "открытый ворот",
  "fitted at the waist": "приталенный",
  "high-rise bottoms": "низ с высокой посадкой",
  "structured shoulders": "чёткая линия плеч",
  "straight or bootcut bottoms": "прямой или слегка расклешённый низ",
  "wide-leg or pleated bottoms": "широкий низ или складки",
  "plain, soft shoulders": "простые мягкие плечи",
  "belted or seamed at the waist": "пояс или шов на талии",
  "layers and peplums": "многослойность и баска",
  "straight, single-breasted layers": "прямой однобортный верх",
  "mid-rise, straight bottoms": "прямой низ со средней посадкой",
  "regular": "прямой",
};

/** A word in Russian; one that is not in the table, by a provider of its own, stays as it is. */
function inRussian(table: Readonly<Record<string, string>>, word: string): string {
  return Object.hasOwn(table, word) ? table[word] ?? word : word;
}

/** The lines of a style analysis; none of another result. */
export function styleRows(
  { profile, recommendations }: Pick<ChatResult, "profile" | "recommendations">,
  language: Language,
): [string, string][] {
  const say = resultWords[language];
  const word = (table: Readonly<Record<string, string>>, name: string) =>
    language === "ru" ? inRussian(table, name) : name.replaceAll("_", " ");
  const list = (table: Readonly<Record<string, string>>, items: { name: string }[]) =>
    items.map(({ name }) => word(table, name)).join(", ");
  const rows: [string, string][] = [];
  if (profile) rows.push([say.season, word(seasons, profile.season)]);
  if (profile?.shape) rows.push([say.shape, word(shapes, profile.shape)]);
  if (recommendations) {
    const { colours: { wear, avoid }, necklines, fits } = recommendations;
    rows.push(
      [say.wear, list(colours, wear)],
      [say.avoid, list(colours, avoid)],
      [say.necklines, list(cuts, necklines)],
      [say.fits, list(cuts, fits)],
    );
  }
  return rows.filter(([, value]) => value !== "");
}

/** Why something failed, by the codes of `../failure.ts` and of the local engine. */
export const failures: Record<string, string> = {
  picture_broken: "Картинка повреждена, её не открыть.",
  picture_not_allowed: "Такие картинки не принимаются.",
  picture_too_large: "Картинка слишком большая: не больше 40 мегапикселей.",
  picture_too_small: "Картинка слишком маленькая.",
  picture_unreachable: "Картинку не удалось получить.",
  picture_without_colour: "Нужно цветное фото при дневном свете.",
  not_a_picture: "Это не картинка PNG, JPEG или WebP.",
  person_not_found: "На фото не видно человека.",
  person_from_behind: "Нужно стоять лицом к камере.",
  person_turned: "Нужно стоять к камере прямо, не боком.",
  several_people: "На фото должен быть один человек.",
  face_too_small: "Лицо на фото слишком мелкое.",
  face_not_visible: "Лицо должно быть открыто и видно на фото.",
  elbows_out_of_frame: "Руки должны быть видны до локтей.",
  hips_out_of_frame: "Фото должно быть до бёдер.",
  garment_not_found: "На втором фото не видно вещи.",
  prediction_failed: "Сделать не удалось. Попробуйте ещё раз или с другим фото.",
  prediction_canceled: "Запрос отменён.",
  provider_unavailable: "Сервис не ответил вовремя.",
  input_changed: "Фото заменили, когда работа уже шла.",
  input_missing: "Фото удалили, когда работа уже шла.",
  session_expired: "Это длилось слишком долго. Попробуйте ещё раз.",
  session_cancelled: "Запрос отменён.",
};

const anyFailure = "Сделать не удалось. Попробуйте ещё раз или с другим фото.";

/** Why it failed, in the person's language; English is what the failure itself says. */
export function failureText(code: string, message: string | null, language: Language): string {
  if (language === "ru") return failures[code] ?? anyFailure;
  return message ?? "It could not be done.";
}
