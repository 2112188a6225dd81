import { t } from "@lingui/core/macro";
import { Loading, Skeleton } from "../../ui/Skeleton";
import { TopBar } from "../../ui/TopBar";

/** The frame of a page while its code is on the way. */
export function PageSkeleton() {
  return (
    <>
      <TopBar />
      <main className="mx-auto w-full max-w-240 px-4 pt-10 sm:px-6">
        <h1 className="sr-only">Commonbook</h1>
        <Loading label={t`Loading the page`}>
          <Skeleton className="h-8 w-56" />
          <div className="mt-8 space-y-3">
            <Skeleton className="h-14 w-full" />
            <Skeleton className="h-14 w-full" />
            <Skeleton className="h-14 w-full" />
          </div>
        </Loading>
      </main>
    </>
  );
}
