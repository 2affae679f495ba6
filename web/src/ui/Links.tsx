import type { Track } from "../api/client";
import { linksOf } from "../app/links";
import { Icon } from "./Icon";

/** Where else a track can be heard. */
export function Links({ of }: { of: Pick<Track, "external_metadata"> }) {
  return linksOf(of).map(({ name, url }) => (
    <a key={url} href={url} target="_blank" rel="noreferrer">
      {name}
      <Icon name="link" />
    </a>
  ));
}
