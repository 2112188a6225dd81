import { cx } from "./cx";

/** The keys of a shortcut, as people read them on this machine (`Mod` is ⌘ or Ctrl). */
export function Kbd({ keys, inverse = false }: { keys: readonly string[]; inverse?: boolean }) {
  return (
    <span dir="ltr" className="inline-flex items-center gap-0.5">
      {keys.map((key, index) => (
        <kbd
          key={index}
          className={cx(
            "inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-[4px] px-1 font-sans text-[11px] leading-none font-medium",
            inverse ? "bg-bg/15 text-bg" : "border border-line bg-panel text-fg2",
          )}
        >
          {keyName(key, isApple())}
        </kbd>
      ))}
    </span>
  );
}

const APPLE: Record<string, string> = { Mod: "⌘", Alt: "⌥", Shift: "⇧", Enter: "↵" };
const OTHER: Record<string, string> = { Mod: "Ctrl" };

/** Returns what is printed on the key. */
export function keyName(key: string, apple: boolean): string {
  return (apple ? APPLE : OTHER)[key] ?? key;
}

export function isApple(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);
}
