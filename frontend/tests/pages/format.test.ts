import { expect, test } from "vitest";
import { wordsFor } from "../../src/pages/notebook/codeChecks";

test.each([
  [1, 1, [], "Formatted"],
  [1, 3, [], "1 cell formatted"],
  [2, 3, [], "2 cells formatted"],
  [0, 3, [], "Nothing to format"],
  [0, 1, ["cell 4"], "Cell 4 does not parse and stays as it is"],
  [2, 4, ["cell 1", "cell 4"], "2 cells formatted; cell 1, cell 4 do not parse and stay as they are"],
  [0, 9, ["cell 1", "cell 2", "cell 3", "cell 4"], "Nothing to format; 4 cells do not parse and stay as they are"],
])("%i of %i formatted, %j broken", (changed, asked, broken, expected) => {
  expect(wordsFor(changed, asked, broken)).toBe(expected);
});
