import { useEffect, useState } from "react";
import { api, type Provider } from "../api/client";
import { strings } from "../app/strings";

const text = strings.status.providers;
const EVERY_MS = 30_000;

/** Who is asked about tracks, and how they fare; nothing where nobody is. */
export function Providers() {
  const providers = useProviders();
  const asked = providers.filter(({ enabled, trouble }) => enabled || trouble);
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

function useProviders(): Provider[] {
  const [providers, setProviders] = useState<Provider[]>([]);
  useEffect(() => {
    let left = false;
    const look = () =>
      api.providers().then(
        (found) => left || setProviders(found),
        () => undefined, // the page says already that the server is away
      );
    void look();
    const timer = setInterval(() => void look(), EVERY_MS);
    return () => {
      left = true;
      clearInterval(timer);
    };
  }, []);
  return providers;
}
