import type { ReactNode } from "react";

interface NoteProps {
  title: string;
  text?: string;
  children?: ReactNode;
}

/** Stands where content would be: nothing there, not yet, or not any more. */
export function Note({ title, text, children }: NoteProps) {
  return (
    <section className="note">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children && <div className="actions">{children}</div>}
    </section>
  );
}
