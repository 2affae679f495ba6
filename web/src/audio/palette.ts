const STOPS = ["--loud-0", "--loud-1", "--loud-2", "--loud-3", "--loud-4"];

/** The colours of a spectrogram as they are in the present theme. */
export interface Palette {
  /** Colour of each level, as a pixel of `ImageData` seen as 32 bits. */
  levels: Uint32Array;
  background: string;
  landmark: string;
}

type Rgb = [number, number, number];

/** Read the tokens at `element`. */
export function readPalette(element: Element): Palette {
  const stops = STOPS.map((name) => toRgb(resolveColour(element, name)));
  const levels = new Uint32Array(256);
  const bytes = new Uint8ClampedArray(levels.buffer);
  for (let level = 0; level < 256; level++) {
    const at = (level / 255) * (stops.length - 1);
    const first = Math.min(Math.floor(at), stops.length - 2);
    const from = stops[first] as Rgb;
    const to = stops[first + 1] as Rgb;
    for (let part = 0; part < 3; part++) {
      const a = from[part] as number;
      bytes[4 * level + part] = a + ((to[part] as number) - a) * (at - first);
    }
    bytes[4 * level + 3] = 255;
  }
  return {
    levels,
    background: resolveColour(element, "--paper"),
    landmark: resolveColour(element, "--landmark"),
  };
}

/** A custom property holds its text; only a real one tells the colour that it comes to. */
export function resolveColour(element: Element, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function toRgb(colour: string): Rgb {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return [r, g, b];
}

/** Call `changed` whenever the theme does; returns how to stop. */
export function onThemeChange(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = new MutationObserver(changed);
  system.addEventListener("change", changed);
  chosen.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    chosen.disconnect();
  };
}
