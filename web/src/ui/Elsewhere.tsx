import type { Track } from "../api/client";
import { linksOf } from "../app/links";
import { strings } from "../app/strings";
import { Icon } from "./Icon";
import "./elsewhere.css";

/** Where else a track of a list can be heard; nothing where nobody knows. */
export function Elsewhere({ of }: { of: Pick<Track, "title" | "external_metadata"> }) {
  const links = linksOf(of);
  if (!links.length) return null;
  return (
    <span className="elsewhere">
      {links.map(({ service, name, url }) => (
        <a
          key={service}
          href={url}
          target="_blank"
          rel="noreferrer"
          title={name}
          aria-label={strings.elsewhere(of.title, name)}
        >
          <Icon name={service} />
        </a>
      ))}
    </span>
  );
}
