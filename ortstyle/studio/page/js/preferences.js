/** Language and theme, chosen at the top of a page in #language and #theme, and remembered. */

import { make } from "./dom.js";
import { currentLanguage, languages, remember, remembered, t } from "./text.js";

/** Fill the two lists; `onLanguage(code)` shows the page in another language. */
export function choosePreferences(onLanguage) {
  const language = document.getElementById("language");
  for (const [code, name] of Object.entries(languages))
    language.append(make("option", { value: code, textContent: name, lang: code }));
  language.value = currentLanguage();
  language.addEventListener("change", () => {
    remember("language", language.value);
    onLanguage(language.value);
  });
  const theme = document.getElementById("theme");
  for (const name of ["system", "light", "dark"])
    theme.append(make("option", { value: name, dataset: { t: `page.themes.${name}` }, textContent: t(`page.themes.${name}`) }));
  theme.value = remembered("theme") ?? "system";
  const show = () => (document.documentElement.dataset.theme = theme.value);
  theme.addEventListener("change", () => {
    remember("theme", theme.value);
    show();
  });
  show();
}
