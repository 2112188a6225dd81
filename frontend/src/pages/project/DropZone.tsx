import { t } from "@lingui/core/macro";
import { FileUp } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";

/** Takes files dropped anywhere in the window, and says so while they hover. The upload button does the same by keyboard. */
export function DropZone({
  enabled,
  onFiles,
  children,
}: {
  enabled: boolean;
  onFiles: (files: readonly File[]) => void;
  children: ReactNode;
}) {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    let depth = 0; // enter and leave fire for every element on the way
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const onEnter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const onLeave = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const onOver = (event: DragEvent): void => {
      if (carriesFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 0) take.current(files);
    };
    window.addEventListener("dragenter", onEnter);
    window.addEventListener("dragleave", onLeave);
    window.addEventListener("dragover", onOver);
    window.addEventListener("drop", onDrop);
    return () => {
      window.removeEventListener("dragenter", onEnter);
      window.removeEventListener("dragleave", onLeave);
      window.removeEventListener("dragover", onOver);
      window.removeEventListener("drop", onDrop);
    };
  }, [enabled]);
  return (
    <>
      {children}
      {over && enabled && (
        <div className="pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-veil p-6">
          <div className="flex items-center gap-3 rounded-[14px] border-2 border-dashed border-accent bg-card px-8 py-7 text-[16px] font-medium shadow-pop">
            <FileUp size={22} aria-hidden className="text-accent" />
            {t`Drop notebook files to upload them here`}
          </div>
        </div>
      )}
    </>
  );
}
