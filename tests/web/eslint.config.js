import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["node_modules/", "results/"] },
  js.configs.recommended,
  {
    // What a page evaluates is written here too, so its names are known beside Node's.
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    rules: {
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 5],
      complexity: ["error", 16],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
  // `describe` holds many tests; they are counted one by one.
  { files: ["**/*.test.mjs"], rules: { "max-lines-per-function": "off" } },
];
