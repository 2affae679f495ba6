import type { ReactNode } from "react";

interface NoteProps {
  title: string;
  text?: string;
  /** Whether this is all there is on the page. */
  whole?: boolean;
  children?: ReactNode;
}

/** Stands where content would be: nothing there, not yet, or not any more. */
export function Note({ title, text, whole = false, children }: NoteProps) {
  const Heading = whole ? "h1" : "h2";
  return (
    <section className="note">
      <Heading>{title}</Heading>
      {text && <p>{text}</p>}
      {children && <div className="actions">{children}</div>}
    </section>
  );
}
