/** Which widgets hang together: what a shown widget is made of, and the links between those. Pure. */

import type { WidgetModel } from "../wire/widgets";

const REFERENCE = "IPY_MODEL_";
const VIEW = "application/vnd.jupyter.widget-view+json";
const DEPTH = 64;

/** The ids of the widgets that a value refers to, wherever in it they stand. */
export function referencesIn(value: unknown, found = new Set<string>(), depth = 0): Set<string> {
  if (depth > DEPTH) return found;
  if (typeof value === "string") {
    if (value.startsWith(REFERENCE)) found.add(value.slice(REFERENCE.length));
  } else if (Array.isArray(value)) {
    for (const each of value) referencesIn(each, found, depth + 1);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, each] of Object.entries(value)) {
      const id =
        key === VIEW && typeof each === "object" && each !== null ? (each as { model_id?: unknown }).model_id : null;
      if (typeof id === "string") found.add(id);
      referencesIn(each, found, depth + 1);
    }
  }
  return found;
}

/** `roots` and everything that they refer to, with the links between them, but for what is `known` already. */
export function hangingTogether(
  models: ReadonlyMap<string, WidgetModel>,
  roots: Iterable<string>,
  known: ReadonlySet<string> = new Set(),
): WidgetModel[] {
  const found = new Map<string, WidgetModel>();
  const take = (ids: Iterable<string>): void => {
    const ahead = [...ids];
    for (let id = ahead.pop(); id !== undefined; id = ahead.pop()) {
      const model = models.get(id);
      if (model === undefined || found.has(id) || known.has(id)) continue;
      found.set(id, model);
      ahead.push(...referencesIn(model.state));
    }
  };
  take(roots);
  for (const model of models.values()) {
    if (!isLink(model) || found.has(model.id) || known.has(model.id)) continue;
    if ([...referencesIn(model.state)].some((id) => found.has(id) || known.has(id))) take([model.id]);
  }
  return [...found.values()];
}

const isLink = (model: WidgetModel): boolean => {
  const name = model.state["_model_name"];
  return name === "LinkModel" || name === "DirectionalLinkModel";
};
