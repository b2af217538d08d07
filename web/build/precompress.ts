/// <reference types="node" />
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

/**
 * Puts `<name>.gz` beside every text file of the build, so that the server never compresses what does
 * not change. Of scripts and styles it has only this form, however small they are.
 */
export function precompress(): Plugin {
  return {
    name: "hearth-precompress",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(js|css|html|svg|json)$/.test(fileName)) continue;
          const source = Buffer.from(file.type === "chunk" ? file.code : file.source);
          const gzip = gzipSync(source, { level: 9 });
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzip });
        }
      },
    },
  };
}
