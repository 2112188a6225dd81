/** React hooks over the documents: a component draws again only when what it reads has changed. */

import { useCallback, useRef, useSyncExternalStore } from "react";
import type { Readable } from "../wire/store";

/** A part of a store; `same` keeps the old value while nothing that matters has changed. */
export function useReadable<T, S>(
  store: Readable<T>,
  select: (value: T) => S,
  same: (a: S, b: S) => boolean = Object.is,
): S {
  const get = useStable(() => select(store.get()), same);
  return useSyncExternalStore(store.subscribe, get);
}

/** A value read from outside, with an equality. `read` may make a new object each time. */
export function useObserved<T>(
  subscribe: (listener: () => void) => () => void,
  read: () => T,
  same: (a: T, b: T) => boolean = Object.is,
): T {
  return useSyncExternalStore(subscribe, useStable(read, same));
}

function useStable<T>(read: () => T, same: (a: T, b: T) => boolean): () => T {
  const last = useRef<{ value: T } | null>(null);
  return useCallback(() => {
    const value = read();
    if (last.current === null || !same(last.current.value, value)) last.current = { value };
    return last.current.value;
  }, [read, same]);
}

export const sameList = <T>(a: readonly T[], b: readonly T[]): boolean =>
  a === b || (a.length === b.length && a.every((item, index) => Object.is(item, b[index])));
