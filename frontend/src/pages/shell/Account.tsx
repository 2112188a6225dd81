import { lazy, Suspense, useState } from "react";
import { AccountMenu } from "../../people/AccountMenu";
import { canNotify, choice, choose } from "../../running/notify";
import type { Me } from "../../wire/http";

const SettingsDialog = lazy(() =>
  import("../../settings/SettingsDialog").then((module) => ({ default: module.SettingsDialog })),
);

const NOTIFY = {
  isPossible: canNotify(),
  isOn: () => choice() === "yes",
  choose: async (wanted: boolean) => (await choose(wanted)) === "yes",
};

/** The person signed in, with the settings of this browser. */
export function Account({ me }: { me: Me }) {
  const [isOpen, setIsOpen] = useState(false);
  const [wasOpen, setWasOpen] = useState(false);
  const open = (): void => {
    setWasOpen(true);
    setIsOpen(true);
  };
  return (
    <>
      <AccountMenu me={me} onSettings={open} />
      {wasOpen && (
        <Suspense fallback={null}>
          <SettingsDialog open={isOpen} onOpenChange={setIsOpen} notify={NOTIFY} />
        </Suspense>
      )}
    </>
  );
}
