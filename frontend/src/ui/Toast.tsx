import { t } from "@lingui/core/macro";
import { CircleAlert, CircleCheck, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { create } from "zustand";
import { IconButton } from "./IconButton";

interface Said {
  text: string;
  tone: "ok" | "err";
  action?: { label: string; act: () => void };
  forMs: number;
}

type Shown = Said & { id: number };

/** More than that hides the page; the oldest goes. */
const MOST = 3;

const useShown = create<readonly Shown[]>(() => []);
let last = 0;

function show(said: Said): void {
  last += 1;
  useShown.setState((before) => [...before.slice(1 - MOST), { ...said, id: last }], true);
}

const dismiss = (id: number): void => useShown.setState((before) => before.filter((each) => each.id !== id), true);

/** Says that something was done. */
export function toast(text: string): void {
  show({ text, tone: "ok", forMs: 4000 });
}

/** Says that something was done and offers to take it back. */
export function toastUndo(text: string, undo: () => void): void {
  show({ text, tone: "ok", action: { label: t`Undo`, act: undo }, forMs: 8000 });
}

/** Says what happened and offers to go there. */
export function toastAction(text: string, label: string, act: () => void, tone: "ok" | "err" = "ok"): void {
  show({ text, tone, action: { label, act }, forMs: 10_000 });
}

/** Says why something was not done; stays longer. */
export function toastError(text: string): void {
  show({ text, tone: "err", forMs: 8000 });
}

/**
 * Where toasts appear; once in the application. Beside its root, as dialogs are, so that none hides them.
 *
 * Alt+T goes to the newest, and back to where the focus was.
 */
export function Toasts() {
  const shown = useShown();
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    let before: Element | null = null;
    const go = (event: KeyboardEvent): void => {
      if (!event.altKey || event.code !== "KeyT") return;
      const place = region.current;
      const isInside = place?.contains(document.activeElement) === true;
      const target = isInside ? before : place?.querySelector("li:last-child button");
      if (!(target instanceof HTMLElement)) return;
      event.preventDefault();
      if (!isInside) before = document.activeElement;
      target.focus();
    };
    window.addEventListener("keydown", go);
    return () => window.removeEventListener("keydown", go);
  }, []);
  return createPortal(
    <section ref={region} aria-label={t`Messages`} aria-live="polite" aria-relevant="additions text">
      <ol className="toasts pointer-events-none fixed inset-x-4 z-50 flex flex-col items-center gap-2">
        {shown.map((each) => (
          <Toast key={each.id} {...each} />
        ))}
      </ol>
    </section>,
    document.body,
  );
}

function Toast({ id, text, tone, action, forMs }: Shown) {
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    if (isHeld) return undefined;
    const timer = setTimeout(() => dismiss(id), forMs);
    return () => clearTimeout(timer);
  }, [id, forMs, isHeld]);
  const Icon = tone === "ok" ? CircleCheck : CircleAlert;
  return (
    // Nobody is hurried who reads it or is about to press its button.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li
      className="pointer-events-auto flex min-h-11 w-full max-w-100 min-w-72 items-center gap-2.5 rounded-card bg-card py-1.5 pe-1.5 ps-3 text-sm text-fg shadow-pop transition-[opacity,translate] duration-(--motion) starting:translate-y-2 starting:opacity-0"
      onPointerEnter={() => setIsHeld(true)}
      onPointerLeave={() => setIsHeld(false)}
      onFocus={() => setIsHeld(true)}
      onBlur={() => setIsHeld(false)}
    >
      <Icon size={16} aria-hidden className={tone === "ok" ? "shrink-0 text-ok" : "shrink-0 text-err"} />
      <span className="min-w-0 flex-1">{text}</span>
      {action !== undefined && (
        <button
          type="button"
          className="h-7 shrink-0 rounded-control px-2 font-medium text-accent hover:bg-hover"
          onClick={() => {
            dismiss(id);
            action.act();
          }}
        >
          {action.label}
        </button>
      )}
      <IconButton icon={X} size="small" label={t`Dismiss`} onClick={() => dismiss(id)} />
    </li>
  );
}
