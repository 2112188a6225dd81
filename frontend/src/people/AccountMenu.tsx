import { t } from "@lingui/core/macro";
import { useQueryClient } from "@tanstack/react-query";
import { LogIn, LogOut, ServerCog, SlidersHorizontal, UserRoundCog } from "lucide-react";
import { useLocation } from "wouter";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuHeading, MenuItem, MenuLink, MenuSeparator } from "../ui/Menu";
import { ThemeChoices } from "../ui/ThemeMenu";
import { toastError } from "../ui/Toast";
import { api } from "../wire/api";
import { reasonOf, type Me } from "../wire/http";
import { browserShelf } from "../wire/shelf";
import { forgetAllOf } from "../wire/unsent";

/** The person signed in, at the right end of the top bar: settings, theme, sign out. */
export function AccountMenu({ me, onSettings }: { me: Me; onSettings: () => void }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const signOut = async (): Promise<void> => {
    try {
      await api.signOut();
      navigate("/login");
      client.clear();
      // The pages are gone by now, and keep nothing any more.
      await forgetAllOf(browserShelf(), me.id);
    } catch (error) {
      toastError(reasonOf(error));
    }
  };
  return (
    <Menu
      trigger={
        <button
          type="button"
          aria-label={t`Account of ${me.display_name}`}
          className="inline-flex size-8 pointer-coarse:size-10 items-center justify-center rounded-full hover:bg-hover"
        >
          <Avatar name={me.display_name} color={me.color} />
        </button>
      }
    >
      <MenuHeading>
        <div className="font-medium">{me.display_name}</div>
        <div className="text-xs text-fg3">{me.guest ? t`Watching without an account` : (me.email ?? me.name)}</div>
      </MenuHeading>
      <MenuSeparator />
      {me.guest ? (
        <MenuLink icon={LogIn} href="/login">{t`Sign in`}</MenuLink>
      ) : (
        <MenuLink icon={UserRoundCog} href="/account">{t`Account`}</MenuLink>
      )}
      {me.admin && <MenuLink icon={ServerCog} href="/admin/users">{t`Manage this server`}</MenuLink>}
      <MenuItem icon={SlidersHorizontal} onSelect={onSettings}>{t`Settings`}</MenuItem>
      <MenuSeparator />
      <ThemeChoices />
      {!me.guest && (
        <>
          <MenuSeparator />
          <MenuItem icon={LogOut} onSelect={() => void signOut()}>{t`Sign out`}</MenuItem>
        </>
      )}
    </Menu>
  );
}
