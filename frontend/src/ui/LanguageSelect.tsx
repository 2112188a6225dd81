import { t } from "@lingui/core/macro";
import { LANGUAGES } from "../i18n/languages";
import { chooseLanguage, currentLanguage } from "../i18n/start";
import { Select } from "./Select";

const OPTIONS = LANGUAGES.map(({ tag, name }) => ({ value: tag, label: name }));

/** The language of the pages; another one loads the page anew. */
export function LanguageSelect({ quiet = false }: { quiet?: boolean }) {
  return (
    <Select
      label={t`Language`}
      value={currentLanguage()}
      options={OPTIONS}
      onChange={(language) => language !== currentLanguage() && chooseLanguage(language)}
      quiet={quiet}
    />
  );
}
