import { t } from "@lingui/core/macro";
import { useEffect } from "react";
import { TopBar } from "../../ui/TopBar";
import { Missing } from "../shell/Problem";

export default function NotFoundPage() {
  useEffect(() => {
    document.title = t`Not found · Commonbook`;
  }, []);
  return (
    <>
      <TopBar />
      <main className="pt-16">
        <Missing />
      </main>
    </>
  );
}
