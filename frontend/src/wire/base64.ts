import { t } from "@lingui/core/macro";

/** A file's bytes in base64. */
export function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,/, "")); // a data URL
    reader.onerror = () => reject(new Error(t`${file.name} cannot be read. Try again.`));
    reader.readAsDataURL(file);
  });
}
