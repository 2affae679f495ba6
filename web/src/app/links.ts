import type { Track } from "../api/client";
import { strings } from "./strings";

export interface Link {
  service: "spotify" | "youtube";
  name: string;
  url: string;
}

/** Addresses of a track elsewhere; only those of the web, whatever the metadata holds. */
export function linksOf({ external_metadata }: Pick<Track, "external_metadata">): Link[] {
  return (["spotify", "youtube"] as const).flatMap((service) => {
    const url = external_metadata[service]?.[0]?.url;
    return typeof url === "string" && url.startsWith("https://")
      ? [{ service, name: strings.services[service], url }]
      : [];
  });
}
