import { parse } from "culori";
import { type Lab, labOfHex } from "./lab.ts";
import { type ColourName, namedColour, namedColours } from "./names.ts";

/** What Russian shops call each colour; the first word is the one that we say ourselves. */
const russianWords: Readonly<Record<ColourName, readonly string[]>> = {
  "white": ["белый", "белоснежный"],
  "ivory": ["слоновая кость", "айвори"],
  "cream": ["кремовый", "молочный", "сливочный"],
  "beige": ["бежевый"],
  "sand": ["песочный"],
  "camel": ["верблюжий", "кэмел"],
  "tan": ["светло-бежевый", "загар"],
  "taupe": ["тауп", "серо-бежевый"],
  "light grey": ["светло-серый"],
  "silver": ["серебристый", "серебряный"],
  "grey": ["серый"],
  "slate": ["серо-синий", "сланцевый"],
  "charcoal": ["графитовый", "тёмно-серый", "антрацитовый"],
  "black": ["чёрный"],
  "light brown": ["светло-коричневый"],
  "caramel": ["карамельный", "коньячный"],
  "brown": ["коричневый"],
  "chocolate": ["шоколадный", "тёмно-коричневый"],
  "rust": ["ржавый", "рыжий"],
  "terracotta": ["терракотовый"],
  "brick": ["кирпичный"],
  "peach": ["персиковый"],
  "apricot": ["абрикосовый"],
  "salmon": ["лососевый"],
  "coral": ["коралловый"],
  "orange": ["оранжевый"],
  "burnt orange": ["тёмно-оранжевый"],
  "mustard": ["горчичный"],
  "gold": ["золотой", "золотистый"],
  "yellow": ["жёлтый"],
  "lemon": ["лимонный", "светло-жёлтый"],
  "lime green": ["салатовый", "лаймовый"],
  "olive": ["оливковый"],
  "khaki": ["хаки"],
  "moss green": ["болотный", "моховой"],
  "sage": ["шалфей", "серо-зелёный"],
  "mint": ["мятный"],
  "green": ["зелёный"],
  "emerald": ["изумрудный"],
  "forest green": ["тёмно-зелёный", "бутылочный"],
  "teal": ["морской волны", "петроль"],
  "turquoise": ["бирюзовый"],
  "aqua": ["аквамариновый"],
  "light blue": ["голубой", "светло-голубой"],
  "sky blue": ["небесный", "лазурный"],
  "denim": ["джинсовый"],
  "blue": ["синий"],
  "cobalt": ["кобальтовый"],
  "royal blue": ["королевский синий", "васильковый", "электрик"],
  "navy": ["тёмно-синий"],
  "periwinkle": ["барвинковый"],
  "lavender": ["лавандовый"],
  "lilac": ["сиреневый"],
  "violet": ["фиолетовый"],
  "purple": ["пурпурный"],
  "plum": ["сливовый", "баклажановый"],
  "burgundy": ["бордовый", "бордо"],
  "wine": ["винный", "марсала"],
  "red": ["красный"],
  "crimson": ["малиновый", "алый"],
  "raspberry": ["ягодный"],
  "fuchsia": ["фуксия"],
  "hot pink": ["ярко-розовый"],
  "pink": ["розовый"],
  "light pink": ["светло-розовый", "пудровый"],
  "dusty rose": ["пыльная роза"],
  "mauve": ["лиловый", "розово-лиловый"],
};

/** English words for colours that have another name here. */
const englishWords: Readonly<Record<string, ColourName>> = {
  "off white": "ivory",
  "ecru": "cream",
  "nude": "beige",
  "stone": "sand",
  "cognac": "caramel",
  "mocha": "brown",
  "dark brown": "chocolate",
  "dark grey": "charcoal",
  "graphite": "charcoal",
  "anthracite": "charcoal",
  "bordeaux": "burgundy",
  "maroon": "burgundy",
  "aubergine": "plum",
  "petrol": "teal",
  "dark blue": "navy",
  "dark green": "forest green",
  "bottle green": "forest green",
  "army green": "olive",
  "dusty pink": "dusty rose",
  "blush": "light pink",
};

const byWord = new Map<string, ColourName>([
  ...Object.entries(englishWords),
  ...Object.entries(russianWords).flatMap(([name, words]) =>
    words.map((word): [string, ColourName] => [plain(word), name as ColourName])
  ),
  ...namedColours.map(({ name }): [string, ColourName] => [name, name]),
]);

/** What a Russian speaker calls a colour of this name; the name itself when it is none of ours. */
export function russianName(name: string): string {
  const words = Object.hasOwn(russianWords, name) ? russianWords[name as ColourName] : [];
  return words[0] ?? name;
}

/**
 * The colour that a shop means: a hexadecimal code (`#1a2b3c`), a name of ours, a shop's word for one in English or Russian, or
 * a name of CSS Color 4. Undefined when it is none.
 */
export function labOfWord(colour: string): Lab | undefined {
  const word = plain(colour);
  const name = byWord.get(word);
  if (name) return namedColour(name).lab;
  const css = word.replaceAll(" ", "");
  return /^(#[0-9a-f]{6}|[a-z]+)$/.test(css) && css !== "transparent" && parse(css)
    ? labOfHex(css)
    : undefined;
}

/** A word however it is written: with ё or е, hyphens or spaces, in British or American English. */
function plain(word: string): string {
  return word.trim().toLowerCase().replaceAll("ё", "е").replaceAll("gray", "grey")
    .replace(/[\s_-]+/g, " ");
}
