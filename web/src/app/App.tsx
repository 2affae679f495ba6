import { lazy, Suspense, useEffect, useRef } from "react";
import { Link, Route, Switch, useLocation } from "wouter";
import { keyWanted } from "../api/key";
import { Listen } from "../listen/Listen";
import { Icon, type IconName } from "../ui/Icon";
import { Note } from "../ui/Note";
import { Waiting } from "../ui/Waiting";
import { Boundary } from "./Boundary";
import { KeyForm } from "./KeyForm";
import { useStore } from "./store";
import { strings } from "./strings";
import { choose, theme } from "./theme";

const Why = lazy(() => import("../why/Why"));
const Library = lazy(() => import("../library/Library"));
const Duplicates = lazy(() => import("../duplicates/Duplicates"));
const History = lazy(() => import("../history/History"));
const Status = lazy(() => import("../status/Status"));

const PAGES: { path: string; title: string; icon: IconName }[] = [
  { path: "/", title: strings.nav.listen, icon: "wave" },
  { path: "/library", title: strings.nav.library, icon: "library" },
  { path: "/history", title: strings.nav.history, icon: "history" },
  { path: "/status", title: strings.nav.status, icon: "status" },
];

const TITLES: Record<string, string> = {
  ...Object.fromEntries(PAGES.map(({ path, title }) => [path, title])),
  "/": "",
  "/library/duplicates": strings.duplicates.title,
};

export function App() {
  const [path] = useLocation();
  const locked = useStore(keyWanted);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    const title = TITLES[path];
    document.title = title ? `${title} · ${strings.name}` : strings.name;
    // A new page is read from its beginning, as after a real navigation.
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    scrollTo(0, 0);
  }, [path]);
  return (
    <>
      <a className="skip button" href="#main">
        {strings.skip}
      </a>
      <header className="top">
        <Link href="/" className="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          {strings.name}
        </Link>
        <nav className="nav" aria-label={strings.nav.label}>
          {PAGES.map(({ path: to, title, icon }) => (
            <Link key={to} href={to} aria-current={place(path, to)}>
              <Icon name={icon} />
              {title}
            </Link>
          ))}
        </nav>
        <ThemeSwitch />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {locked ? (
          <KeyForm />
        ) : (
          <Boundary key={path}>
            <Suspense fallback={<Waiting />}>
              <Switch>
                <Route path="/" component={Listen} />
                <Route path="/why/:id">{({ id }) => <Why id={id} />}</Route>
                <Route path="/library" component={Library} />
                <Route path="/library/duplicates" component={Duplicates} />
                <Route path="/history" component={History} />
                <Route path="/status" component={Status} />
                <Route>
                  <Note whole title={strings.notFound.title} text={strings.notFound.text}>
                    <Link href="/" className="button primary">
                      {strings.notFound.back}
                    </Link>
                  </Note>
                </Route>
              </Switch>
            </Suspense>
          </Boundary>
        )}
      </main>
    </>
  );
}

/** Whether a page is the one that is shown, or the one that it belongs to. */
function place(shown: string, page: string): "page" | "true" | undefined {
  if (shown === page) return "page";
  return page !== "/" && shown.startsWith(`${page}/`) ? "true" : undefined;
}

function ThemeSwitch() {
  const other = useStore(theme) === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={strings.theme[other]}
      title={strings.theme[other]}
      onClick={() => choose(other)}
    >
      <Icon name={other === "dark" ? "moon" : "sun"} />
    </button>
  );
}
