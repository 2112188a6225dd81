import { t } from "@lingui/core/macro";
import { DoorClosed, Download, FileX, LogIn, RefreshCw } from "lucide-react";
import { Link } from "wouter";
import { told } from "../../i18n/told";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { saveText } from "../../ui/saveText";
import { CloseCode, type FinalCode } from "../../wire/socket";
import { assertNever } from "../../wire/assertNever";

function Way({ to, children }: { to: string; children: string }) {
  return (
    <Link
      href={to}
      className="inline-flex h-8 items-center rounded-button bg-primary px-3 font-medium text-white shadow-low hover:bg-primary-hover"
    >
      {children}
    </Link>
  );
}

const TO_PROJECTS = <Way to="/">{t`Go to your projects`}</Way>;

/** The connection ended for good: why, and where to go. */
export function Closed({
  code,
  reason,
  back,
  file = null,
}: {
  code: FinalCode;
  reason: string;
  /** The address of this page. */
  back: string;
  /** The text file of the page, as it was last seen here; null for a notebook. */
  file?: { readonly name: string; readonly text: string; readonly project: string } | null;
}) {
  switch (code) {
    case CloseCode.signedOut:
      return (
        <EmptyState
          heading="h1"
          icon={LogIn}
          title={t`You are signed out`}
          actions={<Way to={`/login?next=${encodeURIComponent(back)}`}>{t`Sign in again`}</Way>}
        >{t`Your session ended. Edits that were not sent yet are kept in this browser and go up after you sign in.`}</EmptyState>
      );
    case CloseCode.noAccess:
      return (
        <EmptyState
          heading="h1"
          icon={DoorClosed}
          title={t`You no longer have access`}
          actions={TO_PROJECTS}
        >{t`Somebody took you off this project or ended the link that you came by. Ask the project’s owner if you need it back.`}</EmptyState>
      );
    case CloseCode.gone:
      if (file !== null)
        return (
          <EmptyState
            heading="h1"
            icon={FileX}
            title={t`This file is not here`}
            actions={
              <>
                {file.text !== "" && (
                  <Button icon={Download} onClick={() => saveText(file.name, file.text)}>{t`Download its text`}</Button>
                )}
                <Way to={`/p/${file.project}`}>{t`Go to the project`}</Way>
              </>
            }
          >
            {reason === "" ? t`It was deleted, moved or renamed.` : told(reason)}{" "}
            {t`What was saved is in the project’s files, or in their bin.`}
          </EmptyState>
        );
      return (
        <EmptyState
          heading="h1"
          icon={FileX}
          title={t`This notebook is not here`}
          actions={TO_PROJECTS}
        >{t`It was deleted, or nobody has shared it with you. A deleted notebook can be taken out of the bin of its project.`}</EmptyState>
      );
    case CloseCode.refused:
      return (
        <EmptyState
          heading="h1"
          icon={RefreshCw}
          title={t`This page fell out of step`}
          actions={<Button kind="primary" onClick={() => window.location.reload()}>{t`Reload`}</Button>}
        >
          {t`${reason === "" ? t`The server refused several changes from this page.` : told(reason)} Reload it to go on; everything marked as saved is safe.`}
        </EmptyState>
      );
    default:
      return assertNever(code);
  }
}
