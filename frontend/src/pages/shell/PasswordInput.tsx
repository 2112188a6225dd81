import { t } from "@lingui/core/macro";
import { Eye, EyeOff } from "lucide-react";
import { useState, type ComponentProps } from "react";
import { IconButton } from "../../ui/IconButton";
import { Input } from "../../ui/Input";

/** A password that may be shown; pasting and password managers work. */
export function PasswordInput(props: Omit<ComponentProps<"input">, "type">) {
  const [shown, setShown] = useState(false);
  return (
    <div className="relative">
      <Input
        {...props}
        type={shown ? "text" : "password"}
        tall
        className="pe-9"
        autoCapitalize="off"
        spellCheck={false}
      />
      <IconButton
        icon={shown ? EyeOff : Eye}
        size="small"
        label={shown ? t`Hide the password` : t`Show the password`}
        aria-pressed={shown}
        className="absolute top-1.5 end-1.5"
        onClick={() => setShown(!shown)}
      />
    </div>
  );
}
