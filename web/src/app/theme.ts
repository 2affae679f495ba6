import { Store } from "./store";

export type Theme = "light" | "dark";

const KEY = "wavvy.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function present(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return dark.matches ? "dark" : "light";
}

/** The theme in use: the person's choice, or else the system's. */
export const theme = new Store<Theme>(present());

export function choose(chosen: Theme): void {
  localStorage.setItem(KEY, chosen);
  apply();
}

/** Bring the page to the present theme; the system's may change at any time. */
export function apply(): void {
  const chosen = present();
  if (localStorage.getItem(KEY)) document.documentElement.dataset.theme = chosen;
  theme.set(chosen);
}

dark.addEventListener("change", apply);
