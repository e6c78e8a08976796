import { russianName } from "../../colour/words.ts";
import type { Advice } from "./advice.ts";
import type { Ranked, Wishes } from "./rank.ts";

/** Why a product is recommended, in a sentence for its person. */
export function reasonFor(ranked: Ranked, advice: Advice, wishes: Wishes): string {
  return { en: english, ru: russian }[advice.language](ranked, wishes);
}

/** How near a colour is, in words: CIEDE2000 of 2 is hardly seen, of 10 at a glance. */
function nearness(difference: number): "same" | "close" | "near" | "far" {
  return difference <= 2 ? "same" : difference <= 10 ? "close" : difference <= 25 ? "near" : "far";
}

function english({ candidate, fit }: Ranked, { max_price }: Wishes): string {
  const { nearest, clashes, size } = fit;
  const parts: string[] = [];
  if (nearest) {
    const how = {
      same: "is",
      close: "is close to",
      near: "goes towards",
      far: "comes nearest to",
    }[nearness(nearest.difference)];
    parts.push(
      `its colour, ${candidate.colour}, ${how} the ${nearest.colour.name} of your palette`,
    );
  }
  if (clashes) parts.push("though it is nearer to a colour that you had better avoid");
  if (size) parts.push(`it comes in your size ${size}`);
  const saved = below(candidate.price, max_price);
  if (saved > 0) parts.push(`it costs ${saved}% less than your limit`);
  return sentence(parts, " and ", "It is what you asked for.");
}

function russian({ candidate, fit }: Ranked, { max_price }: Wishes): string {
  const { nearest, clashes, size } = fit;
  const parts: string[] = [];
  if (nearest) {
    const how = {
      same: "совпадает с цветом",
      close: "близок к цвету",
      near: "похож на цвет",
      far: "ближе всего к цвету",
    }[nearness(nearest.difference)];
    const name = russianName(nearest.colour.name);
    parts.push(`цвет «${candidate.colour}» ${how} «${name}» вашей палитры`);
  }
  if (clashes) parts.push("хотя он ещё ближе к цвету, которого вам лучше избегать");
  if (size) parts.push(`есть ваш размер ${size}`);
  const saved = below(candidate.price, max_price);
  if (saved > 0) parts.push(`на ${saved}% дешевле вашего предела`);
  return sentence(parts, " и ", "Это то, что вы искали.");
}

/** How much a price is below a limit, in whole per cent. */
function below(price: number, limit: number | undefined): number {
  return limit ? Math.floor((1 - price / limit) * 100) : 0;
}

function sentence(parts: string[], and: string, otherwise: string): string {
  const last = parts.pop();
  if (!last) return otherwise;
  const text = parts.length > 0 ? `${parts.join(", ")}${and}${last}` : last;
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
