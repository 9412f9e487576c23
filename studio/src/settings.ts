/** What the page remembers between visits: language and theme, nothing of the pictures. */

import { chosenLanguage, LANGUAGES, type Language } from "./i18n";

export type Theme = "light" | "dark";

const dark = matchMedia("(prefers-color-scheme: dark)");

function kept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage switched off: then nothing is remembered
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    return;
  }
}

class Settings {
  language: Language;
  theme: Theme;

  constructor() {
    const language = kept("language");
    const known = LANGUAGES.find(([code]) => code === language);
    this.language = known ? known[0] : chosenLanguage(navigator.languages);
    const theme = kept("theme");
    this.theme = theme === "light" || theme === "dark" ? theme : this.preferred();
    dark.addEventListener("change", () => {
      if (!kept("theme")) this.theme = this.preferred();
      this.apply();
    });
    this.apply();
  }

  setLanguage(language: Language): void {
    this.language = language;
    keep("language", language);
    this.apply();
  }

  toggleTheme(): void {
    this.theme = this.theme === "dark" ? "light" : "dark";
    keep("theme", this.theme);
    this.apply();
  }

  private preferred(): Theme {
    return dark.matches ? "dark" : "light";
  }

  private apply(): void {
    document.documentElement.lang = this.language;
    document.documentElement.dataset.theme = this.theme;
  }
}

export const settings = new Settings();
