import { api } from "../api/client";
import { strings } from "../app/strings";
import { useRepeated } from "./useRepeated";

const text = strings.status.providers;
const EVERY_MS = 30_000;

/** Who is asked about tracks, and how they fare; nothing where nobody is. */
export function Providers() {
  const [providers] = useRepeated(api.providers, EVERY_MS);
  const asked = (providers ?? []).filter(({ enabled, trouble }) => enabled || trouble);
  if (!asked.length) return null;
  return (
    <section className="card">
      <h2>{text.title}</h2>
      <dl className="facts">
        {asked.map((provider) => (
          <div key={provider.name}>
            <dt>{strings.services[provider.name]}</dt>
            <dd>
              {text.found((provider.tracks.found ?? 0) + (provider.tracks.link ?? 0))}
              {provider.tracks.waiting > 0 && `, ${text.waiting(provider.tracks.waiting)}`}
              {provider.trouble && <span className="fault small"> {provider.trouble}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
