/** Where files are, and what their names and sizes say. */
import type { Attachment } from "../api/types";

export function address(file: string, form?: "thumbnail" | "preview" | "download"): string {
  return `/api/v1/files/${file}${form ? `/${form}` : ""}`;
}

export function extension(name: string): string {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1) : "";
}

interface Box {
  width: number;
  height: number;
}

/** A picture's place inside a box, known before the picture is. It is never made larger. */
export function fit(pixels: Attachment["pixels"], box: Box): Box {
  if (!pixels) return box;
  const scale = Math.min(1, box.width / pixels.width, box.height / pixels.height);
  return {
    width: Math.max(1, Math.round(pixels.width * scale)),
    height: Math.max(1, Math.round(pixels.height * scale)),
  };
}
