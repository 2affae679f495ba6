/** Where the focus goes when the button that had it has done its work. */

const OPEN = ".group:not(.settled)";

/**
 * Go on from a group that is settled: to the next one that is not, or the one before.
 *
 * The page moves only for those who use the keyboard.
 */
export function focusAfter(card: Element, scroll: boolean): void {
  const open = [...document.querySelectorAll<HTMLElement>(OPEN)].filter((one) => one !== card);
  const behind = open.find((one) => card.compareDocumentPosition(one) & FOLLOWING);
  const next = behind ?? open.at(-1) ?? document.querySelector<HTMLElement>("h1");
  next?.focus({ preventScroll: !scroll });
}

/** Go on to the next file of a group that can be removed. */
export function focusNextFile(card: Element, button: Element): void {
  const all = [...card.querySelectorAll<HTMLButtonElement>(".trash:enabled")];
  const at = all.indexOf(button as HTMLButtonElement);
  (all[at + 1] ?? all[at - 1])?.focus();
}

const FOLLOWING = Node.DOCUMENT_POSITION_FOLLOWING;
