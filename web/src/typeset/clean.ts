/** The worker's HTML as nodes. It was made from what somebody wrote, so nothing else may be in it. */
import DOMPurify from "dompurify";

import { policy } from "../text/trusted";

const MATH_TAGS = [
  "math", "annotation", "semantics", "maction", "menclose", "merror", "mfrac", "mi", "mlabeledtr",
  "mmultiscripts", "mn", "mo", "mover", "mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms",
  "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup", "mtable", "mtd", "mtext", "mtr", "munder",
  "munderover", "none",
];
const MATH_ATTRIBUTES = [
  "accent", "accentunder", "columnalign", "columnlines", "columnspacing", "depth", "display",
  "displaystyle", "fence", "form", "height", "linebreak", "linethickness", "lspace", "mathbackground",
  "mathcolor", "mathsize", "mathvariant", "maxsize", "minsize", "movablelimits", "notation",
  "rowlines", "rowspacing", "rspace", "scriptlevel", "separator", "side", "stretchy", "symmetric",
  "voffset", "width", "encoding",
];

const COMMON = {
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
  ...(policy ? { TRUSTED_TYPES_POLICY: policy } : {}),
} as const;

export function codeNodes(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, { ...COMMON, ALLOWED_TAGS: ["span"], ALLOWED_ATTR: ["class"] });
}

export function mathNodes(html: string): DocumentFragment {
  return DOMPurify.sanitize(html, {
    ...COMMON,
    ALLOWED_TAGS: MATH_TAGS,
    ALLOWED_ATTR: MATH_ATTRIBUTES,
  });
}
