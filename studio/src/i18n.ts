/** The page's words in three languages. */

import { en } from "./strings/en";
import { ja } from "./strings/ja";
import { zh } from "./strings/zh";

export type Strings = Record<keyof typeof en, string>;
export type Word = keyof typeof en;
export type Language = "en" | "zh-CN" | "ja";

const TABLES: Record<Language, Strings> = { en, "zh-CN": zh, ja };

export const LANGUAGES: readonly (readonly [Language, string])[] = [
  ["en", "English"],
  ["zh-CN", "简体中文"],
  ["ja", "日本語"],
];

/** The first of the wanted languages (BCP 47 tags) that there is, or English. */
export function chosenLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = LANGUAGES.find(([code]) => tag.slice(0, 2).toLowerCase() === code.slice(0, 2));
    if (found) return found[0];
  }
  return "en";
}

export type Translate = (word: Word, values?: Record<string, string | number>) => string;

export function translator(language: Language): Translate {
  const table = TABLES[language];
  return (word, values = {}) =>
    table[word].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
