import { useState } from "react";
import { AccountMenu } from "../../people/AccountMenu";
import { canNotify, choice, choose } from "../../running/notify";
import { dialogOnDemand } from "../../ui/onDemand";
import type { Me } from "../../wire/http";

const SettingsDialog = dialogOnDemand(async () => (await import("../../settings/SettingsDialog")).SettingsDialog);

const NOTIFY = {
  isPossible: canNotify(),
  isOn: () => choice() === "yes",
  choose: async (wanted: boolean) => (await choose(wanted)) === "yes",
};

/** The person signed in, with the settings of this browser. */
export function Account({ me }: { me: Me }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <AccountMenu me={me} onSettings={() => setIsOpen(true)} />
      <SettingsDialog open={isOpen} onOpenChange={setIsOpen} notify={NOTIFY} />
    </>
  );
}
