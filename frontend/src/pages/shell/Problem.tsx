import { t } from "@lingui/core/macro";
import { CircleAlert, CloudOff, FileQuestion, Lock } from "lucide-react";
import { Link } from "wouter";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { OutOfReach } from "../../ui/code/fetchCode";
import { outOfReach } from "../../ui/onDemand";
import { ApiError, reasonOf } from "../../wire/http";

/** What went wrong in place of a page or a list: what happened and what to do. */
export function Problem({
  error,
  onRetry,
  retry = t`Try again`,
}: {
  error: unknown;
  onRetry?: () => void;
  retry?: string;
}) {
  const status = error instanceof ApiError ? error.status : error instanceof OutOfReach ? 0 : null;
  if (status === 404) return <Missing />;
  const again = onRetry !== undefined && (
    <Button kind="primary" onClick={onRetry}>
      {retry}
    </Button>
  );
  if (status === 0) {
    return (
      <EmptyState heading="h1" icon={CloudOff} title={t`The server cannot be reached`} actions={again}>
        {error instanceof OutOfReach
          ? outOfReach()
          : t`Check your connection. What you wrote is kept on the server up to your last saved edit.`}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      heading="h1"
      icon={status === 403 ? Lock : CircleAlert}
      title={status === 403 ? t`You may not open this` : t`This page could not be shown`}
      actions={again}
    >
      {reasonOf(error)}
    </EmptyState>
  );
}

/** Nothing here, or nothing that this person may know of: both read the same. */
export function Missing() {
  return (
    <EmptyState
      heading="h1"
      icon={FileQuestion}
      title={t`Nothing to see at this address`}
      actions={
        <Link
          href="/"
          className="inline-flex h-8 items-center rounded-button bg-primary px-3 font-medium text-white shadow-low hover:bg-primary-hover"
        >{t`Go to your projects`}</Link>
      }
    >{t`It may have been deleted, or nobody has shared it with you yet. Ask the person who sent you here to invite you.`}</EmptyState>
  );
}
