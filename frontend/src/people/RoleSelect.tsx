import { Select } from "../ui/Select";
import type { Role } from "../wire/http";
import { ROLE_WORDS, roleSentence } from "./roles";

export interface RoleSelectProps {
  label: string;
  value: Role;
  /** What may be chosen; the present role is always in the list. */
  roles: readonly Role[];
  viewersComment: boolean;
  onChange: (role: Role) => void;
  quiet?: boolean;
  disabled?: boolean;
  className?: string;
}

/** A role, with a sentence for each one on offer. */
export function RoleSelect({
  label,
  value,
  roles,
  viewersComment,
  onChange,
  quiet = false,
  disabled = false,
  className,
}: RoleSelectProps) {
  const offered = roles.includes(value) ? roles : [value, ...roles];
  return (
    <Select
      label={label}
      value={value}
      onChange={onChange}
      quiet={quiet}
      disabled={disabled}
      {...(className === undefined ? {} : { className })}
      options={offered.map((role) => ({
        value: role,
        label: ROLE_WORDS[role].name,
        description: roleSentence(role, viewersComment),
      }))}
    />
  );
}
