/** Tells when something comes near the part of the notebook that shows. */

/** As far beyond the window as editors are built. */
const MARGIN = "900px 0px";

interface Watch {
  readonly observer: IntersectionObserver;
  readonly waiting: Map<Element, Set<() => void>>;
}

const watches = new WeakMap<Element, Watch>();

function watchOf(root: Element): Watch {
  const known = watches.get(root);
  if (known !== undefined) return known;
  const waiting: Watch["waiting"] = new Map();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        for (const near of waiting.get(target) ?? []) near();
      }
    },
    { root, rootMargin: MARGIN },
  );
  const watch = { observer, waiting };
  watches.set(root, watch);
  return watch;
}

/** Call `near` each time the cell of `element` comes near; at once where nothing scrolls. Returns what ends it. */
export function whenNear(element: Element, near: () => void): () => void {
  const root = element.closest("#scroll");
  if (root === null || typeof IntersectionObserver === "undefined") {
    near();
    return () => undefined;
  }
  // What is inside a cell has no place of its own while the browser skips the cell.
  const target = element.closest("section") ?? element;
  const { observer, waiting } = watchOf(root);
  const set = waiting.get(target) ?? new Set();
  waiting.set(target, set.add(near));
  if (set.size === 1) observer.observe(target);
  else {
    // The observer speaks of a target once it is observed: make it speak to the newcomer too.
    observer.unobserve(target);
    observer.observe(target);
  }
  return () => {
    set.delete(near);
    if (set.size > 0) return;
    observer.unobserve(target);
    waiting.delete(target);
  };
}
