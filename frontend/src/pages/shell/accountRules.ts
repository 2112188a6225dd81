/** The rules of a new account, said before the server has to refuse. The server's own are in `server/payloads.py`. */

import { t } from "@lingui/core/macro";

export interface AccountDraft {
  displayName: string;
  name: string;
  email: string;
  password: string;
}

export type AccountErrors = Partial<Record<keyof AccountDraft, string>>;

const LOGIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
export const PASSWORD_CHARACTERS = 8;

export function accountErrors(draft: AccountDraft): AccountErrors {
  const errors: AccountErrors = {};
  if (draft.displayName.trim() === "") errors.displayName = t`Write the name that others will see.`;
  else if (draft.displayName.length > 100) errors.displayName = t`Use at most 100 characters.`;
  if (!LOGIN_NAME.test(draft.name))
    errors.name = t`Use letters, digits, dots and dashes, beginning with a letter or digit.`;
  if (!EMAIL.test(draft.email.trim())) errors.email = t`Write an address like ada@example.org.`;
  const wrong = passwordError(draft.password);
  if (wrong !== null) errors.password = wrong;
  return errors;
}

export function passwordError(password: string): string | null {
  if (password.length < PASSWORD_CHARACTERS) return t`Use at least ${PASSWORD_CHARACTERS} characters.`;
  return password.length > 1000 ? t`Use at most 1000 characters.` : null;
}

/** "Ada Lovelace" → "ada.lovelace"; accents go, and what is left over is dropped. */
export function suggestedName(displayName: string): string {
  return displayName
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9\s._-]/g, "")
    .trim()
    .replace(/\s+/g, ".")
    .replace(/^[._-]+/, "")
    .slice(0, 64);
}
