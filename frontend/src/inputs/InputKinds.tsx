import type { Control } from "../model/inputs";
import { MenuItem } from "../ui/Menu";
import { KINDS } from "./kinds";

/** The kinds of input, in a menu. */
export function InputKinds({ onChoose }: { onChoose: (control: Control) => void }) {
  return KINDS.map(({ control, title, icon }) => (
    <MenuItem key={control} icon={icon} onSelect={() => onChoose(control)}>
      {title}
    </MenuItem>
  ));
}
