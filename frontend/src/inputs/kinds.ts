/** The kinds of input that can be inserted, and what each begins as. */

import { t } from "@lingui/core/macro";
import {
  Calendar,
  File,
  Hash,
  List,
  SlidersHorizontal,
  SquareCheck,
  TextCursorInput,
  type LucideIcon,
} from "lucide-react";
import type { Control, InputDefinition } from "../model/inputs";

export interface Kind {
  readonly control: Control;
  readonly title: string;
  readonly icon: LucideIcon;
  /** What its variable is called at first. */
  readonly name: string;
}

export const KINDS: readonly Kind[] = [
  { control: "text", title: t`Text`, icon: TextCursorInput, name: "text" },
  { control: "number", title: t`Number`, icon: Hash, name: "number" },
  { control: "slider", title: t`Slider`, icon: SlidersHorizontal, name: "amount" },
  { control: "date", title: t`Date`, icon: Calendar, name: "day" },
  { control: "select", title: t`Select`, icon: List, name: "choice" },
  { control: "checkbox", title: t`Checkbox`, icon: SquareCheck, name: "switch" },
  { control: "file", title: t`File`, icon: File, name: "path" },
];

/** A definition to begin with, with a variable that `isTaken` knows nothing of. */
export function begin(control: Control, isTaken: (name: string) => boolean): InputDefinition {
  const base = KINDS.find((kind) => kind.control === control)?.name ?? control;
  let name = base;
  for (let number = 2; isTaken(name); number += 1) name = `${base}_${number}`;
  const common = { name, label: "", runs: "dependants" } as const;
  switch (control) {
    case "text":
      return { ...common, control, lines: false };
    case "number":
      return { ...common, control, min: null, max: null, step: null };
    case "slider":
      return { ...common, control, min: 0, max: 100, step: 1 };
    case "date":
      return { ...common, control, min: null, max: null };
    case "select":
      return { ...common, control, options: ["first", "second"], variable: "" };
    case "checkbox":
    case "file":
      return { ...common, control };
  }
}
